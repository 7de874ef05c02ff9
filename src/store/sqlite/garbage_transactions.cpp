#include "store/sqlite/garbage_transactions.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/transitions.hpp"
#include "store/sqlite/file_transactions.hpp"
#include "store/sqlite/upload_transactions.hpp"

namespace partwise::sqlite {

namespace {

// Due intents have no job; they are claimed and settled by their keys.
constexpr std::uint64_t kIntents = 0;

// The next piece of `job`, at most `units_max` blobs or rows.
Result<ReapWork> piece_of(Transaction& tx, const Job& job, std::uint32_t units_max) {
  ReapWork work{.job = job.seq, .blobs = {}, .cursor = 0, .file = {}};
  const std::uint64_t left = job.total() - job.settled;
  const auto units = static_cast<std::uint32_t>(std::min<std::uint64_t>(units_max, left));
  switch (job.kind) {
    case JobKind::upload_parts: {
      TRY(work.blobs, tx.tables.parts.first_keys(job.owner_seq, units));
      break;
    }
    case JobKind::part_rows: {
      TRY(work.blobs, tx.tables.jobs.keys(job.seq, job.settled, units));
      break;
    }
    case JobKind::file: {
      TRY(work.blobs, tx.tables.files.keys(job.owner_seq, job.settled, units));
      TRY(work.file, tx.tables.files.id_of(job.owner_seq));
      break;
    }
  }
  work.cursor = job.settled + units;
  return work;
}

Result<> finish(Transaction& tx, const Job& job) {
  CHECK(tx.tables.jobs.remove(job.seq));
  ++tx.changes.reap_jobs_done;
  if (job.kind == JobKind::file) {
    TRY(const auto row, tx.tables.files.mark_reaped(job.owner_seq));
    tx.ledger.leftovers_removed(row.file);
    return {};
  }
  TRY(const auto upload, tx.tables.uploads.mark_reaped(job.owner_seq));
  tx.ledger.leftovers_removed(upload);
  return {};
}

// Settling twice is harmless: the cursor counts from the start of the job.
Result<> settle_job(Transaction& tx, const ReapWork& work) {
  TRY(const auto job, tx.tables.jobs.find(work.job));
  if (!job) return {};
  const std::uint64_t until = std::min(work.cursor, job->total());
  if (until <= job->settled) return {};
  if (job->kind != JobKind::file) {
    // The job's keys come first, so what lies beyond them are rows.
    const std::uint64_t rows =
        std::max(until, job->key_count) - std::max(job->settled, job->key_count);
    if (rows > 0) CHECK(tx.tables.parts.remove_first(job->owner_seq, rows));
  }
  if (until == job->total()) return finish(tx, *job);
  return tx.tables.jobs.set_settled(job->seq, until);
}

Result<> expire_uploads(Transaction& tx, std::uint32_t rows_max, SweepOutcome& outcome) {
  TRY(auto overdue, tx.tables.uploads.overdue(tx.now, rows_max));
  for (Upload& upload : overdue) {
    const Upload expired = at_time(std::move(upload), tx.now);
    CHECK(end_without_file(tx, expired, /*held=*/true));
    outcome.expired_uploads.push_back(expired.id);
  }
  return {};
}

Result<> expire_files(Transaction& tx, std::uint32_t rows_max, SweepOutcome& outcome) {
  TRY(const auto overdue, tx.tables.files.overdue(tx.now, rows_max));
  for (const FileRow& row : overdue) {
    CHECK(bury(tx, row, /*held=*/true));
    outcome.expired_files.push_back(row.file.id);
  }
  return {};
}

Result<std::optional<Timestamp>> next_due(Transaction& tx, std::chrono::seconds ended_ttl) {
  TRY(const auto upload_deadline, tx.tables.uploads.next_deadline());
  TRY(const auto file_deadline, tx.tables.files.next_deadline());
  TRY(auto upload_forgotten, tx.tables.uploads.oldest_forgettable());
  TRY(auto file_forgotten, tx.tables.files.oldest_forgettable());
  TRY(auto upload_removed, tx.tables.uploads.oldest_forgotten());
  TRY(auto record_forgotten, tx.tables.idempotency.oldest());
  if (upload_forgotten) *upload_forgotten += ended_ttl;
  if (upload_removed) *upload_removed += ended_ttl + kTombstoneTtl;
  if (file_forgotten) *file_forgotten += kTombstoneTtl;
  if (record_forgotten) *record_forgotten += kIdempotencyTtl;
  std::optional<Timestamp> earliest;
  for (const auto& time : {upload_deadline, file_deadline, upload_forgotten, upload_removed,
                           file_forgotten, record_forgotten}) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  }
  return earliest;
}

}  // namespace

Result<> record_intent(Transaction& tx, const BlobKey& key, const RunId& run) {
  return tx.tables.intents.record(key, run);
}

Result<> release_intent(Transaction& tx, const BlobKey& key) {
  return tx.tables.intents.release(key);
}

Result<ReapBatch> claim_work(Transaction& tx, const RunId& run, std::uint32_t blobs_max,
                             const ClaimFilter& filter) {
  ReapBatch batch;
  TRY(batch.newest_job, tx.tables.jobs.newest());
  std::uint32_t left = std::max<std::uint32_t>(blobs_max, 1);
  const std::unordered_set<std::uint64_t> skipped(filter.passed_over.begin(),
                                                  filter.passed_over.end());
  CHECK(tx.tables.intents.release_other_runs(run));
  if (!skipped.contains(kIntents)) {
    ReapWork intents{.job = kIntents, .blobs = {}, .cursor = 0, .file = {}};
    TRY(intents.blobs, tx.tables.intents.claim(left));
    left -= static_cast<std::uint32_t>(intents.blobs.size());
    if (!intents.blobs.empty()) batch.work.push_back(std::move(intents));
  }
  std::uint64_t last = 0;
  while (left > 0) {
    TRY(const auto job, tx.tables.jobs.next_after(last, filter.held_through));
    if (!job) break;
    last = job->seq;
    if (skipped.contains(job->seq)) continue;
    TRY(auto work, piece_of(tx, *job, left));
    left -= static_cast<std::uint32_t>(work.cursor - job->settled);
    batch.work.push_back(std::move(work));
  }
  return batch;
}

Result<> settle_work(Transaction& tx, const std::vector<ReapWork>& work) {
  for (const ReapWork& piece : work) {
    if (piece.job != kIntents) {
      CHECK(settle_job(tx, piece));
      continue;
    }
    for (const BlobKey& key : piece.blobs) CHECK(tx.tables.intents.forget(key));
  }
  return {};
}

Result<SweepOutcome> sweep(Transaction& tx, std::uint32_t rows_max,
                           std::chrono::seconds ended_ttl) {
  SweepOutcome outcome;
  CHECK(expire_uploads(tx, rows_max, outcome));
  auto left = rows_max - static_cast<std::uint32_t>(outcome.expired_uploads.size());
  CHECK(expire_files(tx, left, outcome));
  left -= static_cast<std::uint32_t>(outcome.expired_files.size());
  TRY(const auto forgotten, tx.tables.uploads.forget(tx.now - ended_ttl, left));
  for (const Upload& upload : forgotten) tx.ledger.upload_forgotten(upload);
  const auto uploads_forgotten = static_cast<std::uint32_t>(forgotten.size());
  left -= uploads_forgotten;
  TRY(const auto uploads_removed,
      tx.tables.uploads.remove_forgotten(tx.now - ended_ttl - kTombstoneTtl, left));
  left -= uploads_removed;
  TRY(const auto files_forgotten, tx.tables.files.forget(tx.now - kTombstoneTtl, left));
  left -= files_forgotten;
  TRY(const auto records_forgotten, tx.tables.idempotency.forget(tx.now - kIdempotencyTtl, left));
  outcome.purged = uploads_forgotten + uploads_removed + files_forgotten + records_forgotten;
  TRY(outcome.next_due, next_due(tx, ended_ttl));
  outcome.more = outcome.next_due && *outcome.next_due <= tx.now;
  return outcome;
}

}  // namespace partwise::sqlite
