#include "core/reaper.hpp"

#include <algorithm>
#include <utility>

namespace partwise {

namespace {
// Sightings closer together than this share one: bounds their number by hold / spacing.
constexpr std::chrono::seconds kSightingSpacing{5};
}  // namespace

Reaper::Reaper(ReaperParts parts) : parts_(std::move(parts)), signal_(parts_.call_after) {}

void Reaper::stop() {
  stopping_ = true;
  signal_.wake();
}

Task<> Reaper::run() {
  while (!stopping_) {
    const auto more = co_await pass();
    if (!more) {
      ++failed_passes_;
      parts_.log.warning("reaper: " + more.error().message);
    }
    if (more && *more) continue;
    const bool is_idle = more && !waits_for_backup_;
    co_await signal_.wait(is_idle ? parts_.limits.idle_wait : parts_.limits.error_wait);
  }
}

Task<Result<bool>> Reaper::pass() {
  ClaimFilter filter{.held_through = held_through(), .passed_over = {}};
  std::vector<ReapWork> done;
  for (;;) {
    CO_TRY(auto batch,
           co_await parts_.garbage.claim_work(parts_.run, parts_.limits.batch_blobs_max, filter));
    note_newest(batch.newest_job);
    std::vector<BlobKey> keys;
    bool leased = false;
    for (ReapWork& work : batch.work) {
      if (work.file && parts_.leases.is_leased(*work.file)) {
        filter.passed_over.push_back(work.job);
        leased = true;
        continue;
      }
      keys.insert(keys.end(), work.blobs.begin(), work.blobs.end());
      done.push_back(std::move(work));
    }
    // A batch of nothing but leased files hides what comes after them.
    if (done.empty() && leased) continue;
    if (done.empty()) co_return false;
    co_return co_await remove(std::move(done), std::move(keys));
  }
}

Task<Result<bool>> Reaper::remove(std::vector<ReapWork> work, std::vector<BlobKey> keys) {
  const std::size_t count = keys.size();
  const auto removed = co_await parts_.blobs.remove(std::move(keys));
  const bool is_kept = !removed && removed.error().code == ErrorCode::would_block;
  note_backup(is_kept);
  if (is_kept) co_return false;
  if (!removed) co_return fail(removed.error());
  blobs_removed_ += count;
  CO_CHECK(co_await parts_.garbage.settle_work(std::move(work)));
  co_return true;
}

void Reaper::note_backup(bool keeps_blobs) {
  if (waits_for_backup_ == keeps_blobs) return;
  waits_for_backup_ = keeps_blobs;
  parts_.log.info(keeps_blobs ? "nothing is removed while a backup is made"
                              : "removals go on: the backup has ended");
}

void Reaper::note_newest(std::uint64_t job) {
  if (!sightings_.empty() && sightings_.back().newest_job == job) return;
  const MonotonicTime now = parts_.clock.monotonic_now();
  if (!sightings_.empty() && now - sightings_.back().at < kSightingSpacing) return;
  sightings_.push_back({.at = now, .newest_job = job});
}

std::uint64_t Reaper::held_through() {
  if (!parts_.guard.is_trusted()) return held_through_;
  const MonotonicTime now = parts_.clock.monotonic_now();
  while (!sightings_.empty() && now - sightings_.front().at >= parts_.limits.hold) {
    held_through_ = std::max(held_through_, sightings_.front().newest_job);
    sightings_.pop_front();
  }
  return held_through_;
}

}  // namespace partwise
