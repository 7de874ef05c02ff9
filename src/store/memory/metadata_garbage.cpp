#include <algorithm>

#include "store/memory/metadata_store.hpp"

namespace partwise {

namespace {
// Due intents have no job; they are claimed and settled by their keys.
constexpr std::uint64_t kIntents = 0;
}  // namespace

Task<Result<>> MemoryMetadataStore::record_intent(BlobKey key, RunId run) {
  const auto [entry, fresh] =
      intents_.try_emplace(key, Intent{.sequence = last_intent_ + 1, .run = run});
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

ReapWork MemoryMetadataStore::claim_intents(const RunId& run, std::uint32_t blobs_max) {
  std::map<std::uint64_t, BlobKey> due;  // By age.
  for (auto& [key, intent] : intents_) {
    intent.due = intent.due || intent.run != run;
    if (intent.due) due.emplace(intent.sequence, key);
  }
  ReapWork work{.job = kIntents, .blobs = {}, .cursor = 0, .file = {}};
  for (const auto& [sequence, key] : due) {
    if (work.blobs.size() == blobs_max) break;
    intents_.at(key).claimed = true;
    work.blobs.push_back(key);
  }
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
  for (const auto& [number, job] : jobs_) {
    if (left == 0) break;
    if (is_passed_over(number) || (job.held && number > filter.held_through)) continue;
    const auto first = static_cast<std::ptrdiff_t>(job.settled);
    const auto count = std::min(left, job.blobs.size() - job.settled);
    ReapWork work{.job = number, .blobs = {}, .cursor = job.settled + count, .file = job.file};
    work.blobs.assign(job.blobs.begin() + first,
                      job.blobs.begin() + first + static_cast<std::ptrdiff_t>(count));
    left -= std::max<std::size_t>(count, 1);
    batch.work.push_back(std::move(work));
  }
  co_return batch;
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
