#include "core/sweeper.hpp"

#include <algorithm>
#include <utility>

namespace partwise {

Sweeper::Sweeper(SweeperParts parts) : parts_(std::move(parts)), signal_(parts_.call_after) {}

void Sweeper::stop() {
  stopping_ = true;
  signal_.wake();
}

void Sweeper::due_at(Timestamp time) {
  if (next_due_ && *next_due_ <= time) return;
  next_due_ = time;
  if (!sweeping_) signal_.wake();  // Else the pass that is under way takes it into account.
}

Task<> Sweeper::run() {
  while (!stopping_) {
    const auto wait = co_await pass();
    if (!wait) {
      ++figures_.failed_passes;
      parts_.log.warning("sweeper: " + wait.error().message);
    }
    co_await signal_.wait(wait ? *wait : parts_.limits.error_wait);
  }
}

Task<Result<std::chrono::milliseconds>> Sweeper::pass() {
  if (!parts_.guard.is_trusted()) co_return parts_.limits.idle_wait;
  // What becomes known while the sweep is under way may be missing in its outcome.
  next_due_.reset();
  sweeping_ = true;
  auto swept =
      co_await parts_.garbage.sweep(parts_.limits.batch_rows_max, parts_.limits.ended_upload_ttl);
  sweeping_ = false;
  CO_TRY(const auto outcome, std::move(swept));
  figures_.expired_uploads += outcome.expired_uploads.size();
  figures_.expired_files += outcome.expired_files.size();
  figures_.forgotten += outcome.purged;
  for (const UploadId& upload : outcome.expired_uploads) co_await parts_.on_expired(upload);
  const bool moved = !outcome.expired_uploads.empty() || !outcome.expired_files.empty() ||
                     outcome.purged > 0 || outcome.abandoned_intents > 0;
  if (moved) parts_.wake_reaper();
  if (outcome.more) co_return parts_.limits.batch_pause;
  if (outcome.next_due && (!next_due_ || *outcome.next_due < *next_due_)) {
    next_due_ = outcome.next_due;
  }
  if (!next_due_) co_return parts_.limits.idle_wait;
  const auto until = std::max(*next_due_ - parts_.clock.now(), std::chrono::seconds{0});
  // What is due and did not move waits for something else, as a row whose bytes are still held.
  if (until.count() == 0 && !moved) co_return parts_.limits.error_wait;
  // The clock is read in whole seconds: a due time of this second has come only at its next look.
  co_return std::min(parts_.limits.idle_wait,
                     std::chrono::milliseconds(until) + parts_.limits.batch_pause);
}

}  // namespace partwise
