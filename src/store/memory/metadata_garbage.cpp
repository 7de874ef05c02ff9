#include <algorithm>

#include "store/memory/metadata_store.hpp"

namespace partwise {

namespace {
// Due intents have no job; they are claimed and settled by their keys.
constexpr std::uint64_t kIntents = 0;
}  // namespace

Task<Result<>> MemoryMetadataStore::record_intent(BlobKey key, RunId run) {
  const auto [entry, fresh] = intents_.try_emplace(
      key, Intent{.sequence = last_intent_ + 1, .run = run, .recorded_at = clock_.now()});
  if (!fresh && (entry->second.run != run || entry->second.due)) {
    co_return fail(ErrorCode::internal, "A blob key was used twice.");
  }
  ++last_intent_;
  co_return Result<>();
}

Task<Result<>> MemoryMetadataStore::release_intent(BlobKey key) {
  const auto found = intents_.find(key);
  if (found != intents_.end()) found->second.due = true;
  co_return Result<>();
}

bool MemoryMetadataStore::is_left_to_another(const Claim& claim, const RunId& run) const {
  return is_shared() && claim.run != run && clock_.now() < claim.until;
}

MemoryMetadataStore::Claim MemoryMetadataStore::claim_for(const RunId& run) const {
  return {.run = run, .until = clock_.now() + limits_.claim_lease};
}

ReapWork MemoryMetadataStore::claim_intents(const RunId& run, std::uint32_t blobs_max) {
  std::map<std::uint64_t, BlobKey> due;  // By age.
  for (auto& [key, intent] : intents_) {
    intent.due = intent.due || (!is_shared() && intent.run != run);
    const bool is_free = intent.due && !is_left_to_another(intent.claim, run);
    if (is_free) due.emplace(intent.sequence, key);
  }
  ReapWork work{.job = kIntents, .blobs = {}, .cursor = 0, .file = {}};
  for (const auto& [sequence, key] : due) {
    if (work.blobs.size() == blobs_max) break;
    Intent& intent = intents_.at(key);
    intent.claimed = true;
    intent.claim = claim_for(run);
    work.blobs.push_back(key);
  }
  return work;
}

ReapWork MemoryMetadataStore::claim_piece(std::uint64_t number, Job& job, const RunId& run,
                                          std::size_t blobs_max) const {
  const auto first = job.blobs.begin() + static_cast<std::ptrdiff_t>(job.settled);
  const auto count = std::min(blobs_max, job.blobs.size() - job.settled);
  job.claim = claim_for(run);
  ReapWork work{.job = number, .blobs = {}, .cursor = job.settled + count, .file = job.file};
  work.blobs.assign(first, first + static_cast<std::ptrdiff_t>(count));
  return work;
}

Task<Result<ReapBatch>> MemoryMetadataStore::claim_work(RunId run, std::uint32_t blobs_max,
                                                        ClaimFilter filter) {
  ReapBatch batch{.work = {}, .newest_job = last_job_};
  const auto is_passed_over = [&](std::uint64_t job) {
    return std::ranges::find(filter.passed_over, job) != filter.passed_over.end();
  };
  std::size_t left = std::max<std::uint32_t>(blobs_max, 1);
  if (!is_passed_over(kIntents)) {
    ReapWork intents = claim_intents(run, static_cast<std::uint32_t>(left));
    left -= intents.blobs.size();
    if (!intents.blobs.empty()) batch.work.push_back(std::move(intents));
  }
  for (auto& [number, job] : jobs_) {
    if (left == 0) break;
    if (is_passed_over(number) || (job.held && number > filter.held_through)) continue;
    if (clock_.now() < job.due_at || is_left_to_another(job.claim, run)) continue;
    batch.work.push_back(claim_piece(number, job, run, left));
    left -= std::max<std::size_t>(batch.work.back().blobs.size(), 1);
  }
  co_return batch;
}

void MemoryMetadataStore::abandon_intents(std::uint32_t rows_max, SweepOutcome& outcome) {
  if (!is_shared()) return;
  Job job{.blobs = {}, .upload = {}, .file = {}, .held = true};
  std::erase_if(intents_, [&](const auto& entry) {
    const auto& [key, intent] = entry;
    const bool is_old = intent.recorded_at + limits_.intent_life <= clock_.now();
    if (intent.due || !is_old || job.blobs.size() == rows_max) return false;
    job.blobs.push_back(key);
    return true;
  });
  outcome.abandoned_intents = static_cast<std::uint32_t>(job.blobs.size());
  if (!job.blobs.empty()) jobs_.emplace(++last_job_, std::move(job));
}

Task<Result<>> MemoryMetadataStore::settle_work(std::vector<ReapWork> work) {
  for (const ReapWork& piece : work) {
    if (piece.job == kIntents) {
      for (const BlobKey& key : piece.blobs) {
        const auto found = intents_.find(key);
        if (found != intents_.end() && found->second.claimed) intents_.erase(found);
      }
      continue;
    }
    const auto found = jobs_.find(piece.job);
    if (found == jobs_.end()) continue;
    Job& job = found->second;
    job.settled = std::max(job.settled, std::min<std::uint64_t>(piece.cursor, job.blobs.size()));
    if (job.settled < job.blobs.size()) continue;
    if (job.upload) uploads_.at(*job.upload).reaped = true;
    if (job.file) files_.at(*job.file).reaped = true;
    jobs_.erase(found);
  }
  co_return Result<>();
}

}  // namespace partwise
