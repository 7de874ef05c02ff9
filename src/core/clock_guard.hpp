#pragma once

// Distrusts the wall clock after it has jumped: what expires by time is then left alone for an
// hour, so that a clock that was set wrong, and is set right again, has destroyed nothing. Lives on
// the loop.

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace partwise {

struct ClockGuardLimits {
  // Wall and monotonic time may part by this much between two looks: more than NTP slews, less than
  // a mistake.
  std::chrono::seconds drift_max{300};
  std::chrono::seconds pause{3600};
};

class ClockGuard {
 public:
  ClockGuard(const Clock& clock, Log& log, ClockGuardLimits limits = {});

  // Compares the clocks since the last look. False while paused.
  [[nodiscard]] bool is_trusted();
  // Whether the last look found it paused, and that pause is not over yet.
  [[nodiscard]] bool is_paused() const {
    return paused_until_ && clock_.monotonic_now() < *paused_until_;
  }
  // How often it had to pause.
  [[nodiscard]] std::uint64_t pauses() const { return pauses_; }

 private:
  // Constant after construction.
  const Clock& clock_;
  Log& log_;
  const ClockGuardLimits limits_;
  // Touched on the loop only.
  Timestamp wall_;
  MonotonicTime monotonic_;
  std::optional<MonotonicTime> paused_until_;
  std::uint64_t pauses_ = 0;
};

}  // namespace partwise
