#include "core/clock_guard.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace partwise {

ClockGuard::ClockGuard(const Clock& clock, Log& log, ClockGuardLimits limits)
    : clock_(clock),
      log_(log),
      limits_(limits),
      wall_(clock.now()),
      monotonic_(clock.monotonic_now()) {}

bool ClockGuard::is_trusted() {
  const Timestamp wall = clock_.now();
  const MonotonicTime monotonic = clock_.monotonic_now();
  const auto passed = std::chrono::floor<std::chrono::seconds>(monotonic - monotonic_);
  const auto drift = (wall - wall_) - passed;
  // The baseline moves on only in steps that the clocks agree on: slow drift adds up to nothing.
  wall_ = wall;
  monotonic_ += passed;
  if (std::abs(drift.count()) > limits_.drift_max.count()) {
    ++pauses_;
    paused_until_ = monotonic + limits_.pause;
    log_.warning(fmt::format("the wall clock jumped by {} s: nothing is expired for {} s",
                             drift.count(), limits_.pause.count()));
  }
  if (paused_until_ && monotonic < *paused_until_) return false;
  paused_until_.reset();
  return true;
}

}  // namespace partwise
