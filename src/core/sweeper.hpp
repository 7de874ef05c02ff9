#pragma once

// Moves what is overdue to expired, in small batches, and cuts the streams of the uploads that
// ended. Wakes at the next due time. Removes no byte: that is the reaper's, after a hold. Lives on
// the loop.

#include <cstdint>
#include <functional>
#include <optional>

#include "base/call_after.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "core/clock_guard.hpp"
#include "core/garbage_store.hpp"

namespace partwise {

struct SweeperLimits {
  // Rows of one transaction: verbs of users wait for no more than this.
  std::uint32_t batch_rows_max = 256;
  // Between two batches, so that a flood of expiries does not starve the verbs.
  std::chrono::milliseconds batch_pause{20};
  // The longest sleep: a jump of the clock is noticed by then.
  std::chrono::milliseconds idle_wait{30'000};
  std::chrono::milliseconds error_wait{1'000};
  std::chrono::seconds ended_upload_ttl{7 * 24 * 3600};
};

struct SweeperParts {
  GarbageStore& garbage;
  ClockGuard& guard;
  const Clock& clock;
  Log& log;
  CallAfter call_after;
  // Cuts the streams of an upload that expired.
  std::function<Task<>(UploadId)> on_expired;
  std::function<void()> wake_reaper;
  SweeperLimits limits;
};

// What it has done since it was made.
struct SweeperFigures {
  std::uint64_t expired_uploads = 0;
  std::uint64_t expired_files = 0;
  std::uint64_t forgotten = 0;  // Old ended uploads and tombstones.
  std::uint64_t failed_passes = 0;
};

class Sweeper {
 public:
  explicit Sweeper(SweeperParts parts);

  // Runs until `stop`; spawned once and joined by its owner.
  [[nodiscard]] Task<> run();
  // One batch. The result says when to come again.
  [[nodiscard]] Task<Result<std::chrono::milliseconds>> pass();
  // Something falls due at `time`.
  void due_at(Timestamp time);
  void stop();

  [[nodiscard]] const SweeperFigures& figures() const { return figures_; }

 private:
  SweeperParts parts_;
  WakeSignal signal_;
  bool stopping_ = false;
  std::optional<Timestamp> next_due_;
  bool sweeping_ = false;  // A sweep is under way.
  SweeperFigures figures_;
};

}  // namespace partwise
