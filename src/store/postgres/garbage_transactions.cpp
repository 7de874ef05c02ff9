#include "store/postgres/garbage_transactions.hpp"

#include <algorithm>

#include "store/postgres/file_rows.hpp"
#include "store/postgres/intent_rows.hpp"
#include "store/postgres/job_rows.hpp"
#include "store/postgres/part_rows.hpp"
#include "store/postgres/upload_rows.hpp"

namespace partwise::postgres {

using job_rows::Job;
using job_rows::JobKind;

namespace {

// Due intents have no job; they are claimed and settled by their keys.
constexpr std::uint64_t kIntents = 0;
// Jobs that one claim looks at: each gives at least one piece of work.
constexpr std::uint32_t kJobsPerClaim = 128;

// The next piece of `job`, at most `units_max` blobs or rows.
Result<ReapWork> piece_of(Transaction& tx, const Job& job, std::uint32_t units_max) {
  ReapWork work{.job = job.seq, .blobs = {}, .cursor = 0, .file = {}};
  const std::uint64_t left = job.total() - job.settled;
  const auto units = static_cast<std::uint32_t>(std::min<std::uint64_t>(units_max, left));
  switch (job.kind) {
    case JobKind::upload_parts: {
      TRY(work.blobs, part_rows::first_keys(tx, job.owner_seq, units));
      break;
    }
    case JobKind::part_rows: {
      TRY(work.blobs, job_rows::keys(tx, job.seq, job.settled, units));
      break;
    }
    case JobKind::file: {
      TRY(work.blobs, file_rows::keys(tx, job.owner_seq, job.settled, units));
      TRY(work.file, file_rows::id_of(tx, job.owner_seq));
      break;
    }
    case JobKind::intents: {
      TRY(work.blobs, intent_rows::first_keys(tx, job.seq, units));
      break;
    }
  }
  work.cursor = job.settled + units;
  return work;
}

Result<> finish(Transaction& tx, const Job& job) {
  job_rows::remove(tx, job.seq);
  ++tx.changes.reap_jobs_done;
  if (job.kind == JobKind::intents) return {};
  if (job.kind == JobKind::file) {
    TRY(const auto file, file_rows::mark_reaped(tx, job.owner_seq));
    tx.usage.leftovers_removed(file);
    return {};
  }
  TRY(const auto upload, upload_rows::mark_reaped(tx, job.owner_seq));
  tx.usage.leftovers_removed(upload);
  return {};
}

// Settling twice is harmless: the cursor counts from the start of the job.
Result<> settle_job(Transaction& tx, const ReapWork& work) {
  TRY(const auto job, job_rows::hold(tx, work.job));
  if (!job) return {};
  const std::uint64_t until = std::min(work.cursor, job->total());
  if (until <= job->settled) return {};
  if (job->kind != JobKind::file) {
    // The job's keys come first, so what lies beyond them are rows.
    const std::uint64_t rows =
        std::max(until, job->key_count) - std::max(job->settled, job->key_count);
    const bool is_of_intents = job->kind == JobKind::intents;
    if (rows > 0 && is_of_intents) intent_rows::remove_first(tx, job->seq, rows);
    if (rows > 0 && !is_of_intents) part_rows::remove_first(tx, job->owner_seq, rows);
  }
  if (until == job->total()) return finish(tx, *job);
  job_rows::set_settled(tx, job->seq, until);
  return {};
}

}  // namespace

Result<ReapBatch> claim_work(Transaction& tx, const RunId& run, std::uint32_t blobs_max,
                             const ClaimFilter& filter) {
  ReapBatch batch;
  TRY(const auto newest, job_rows::newest(tx));
  const Timestamp now = newest.second;
  const Timestamp until = now + tx.limits.claim_lease;
  batch.newest_job = newest.first;
  std::uint32_t left = std::max<std::uint32_t>(blobs_max, 1);
  const bool skips_intents =
      std::ranges::find(filter.passed_over, kIntents) != filter.passed_over.end();
  if (!skips_intents) {
    ReapWork intents{.job = kIntents, .blobs = {}, .cursor = 0, .file = {}};
    TRY(intents.blobs, intent_rows::claim(tx, run, now, until, left));
    left -= static_cast<std::uint32_t>(intents.blobs.size());
    if (!intents.blobs.empty()) batch.work.push_back(std::move(intents));
  }
  if (left == 0) return batch;
  TRY(const auto jobs, job_rows::hold_free(tx, run, now, filter, std::min(left, kJobsPerClaim)));
  std::vector<std::uint64_t> claimed;
  for (const Job& job : jobs) {
    if (left == 0) break;
    TRY(auto work, piece_of(tx, job, left));
    left -= static_cast<std::uint32_t>(work.cursor - job.settled);
    batch.work.push_back(std::move(work));
    claimed.push_back(job.seq);
  }
  if (!claimed.empty()) job_rows::claim(tx, claimed, run, until);
  return batch;
}

Result<> settle_work(Transaction& tx, const std::vector<ReapWork>& work) {
  // In the order of their numbers, so that two that settle the same wait for each other in no
  // circle.
  std::vector<const ReapWork*> pieces;
  for (const ReapWork& piece : work) pieces.push_back(&piece);
  std::ranges::sort(pieces, {}, [](const ReapWork* piece) { return piece->job; });
  for (const ReapWork* piece : pieces) {
    if (piece->job != kIntents) {
      CHECK(settle_job(tx, *piece));
      continue;
    }
    auto keys = piece->blobs;
    std::ranges::sort(keys);
    for (const BlobKey& key : keys) intent_rows::forget(tx, key);
  }
  return {};
}

}  // namespace partwise::postgres
