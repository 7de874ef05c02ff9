#pragma once

// Time is injected. The wall clock dates objects and may jump; the monotonic clock measures
// durations.

#include <chrono>

namespace partwise {

// Unix seconds: the resolution of every time on the wire.
using Timestamp = std::chrono::sys_seconds;
using MonotonicTime = std::chrono::steady_clock::time_point;

[[nodiscard]] inline std::int64_t unix_seconds(Timestamp time) {
  return time.time_since_epoch().count();
}
[[nodiscard]] inline Timestamp from_unix_seconds(std::int64_t seconds) {
  return Timestamp{std::chrono::seconds{seconds}};
}

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
  [[nodiscard]] virtual MonotonicTime monotonic_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] MonotonicTime monotonic_now() const override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace partwise
