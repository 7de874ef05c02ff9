#pragma once

// A clock that stands still until a test moves it. Thread-safe.

#include <atomic>

#include "base/clock.hpp"

namespace partwise::test {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t unix_seconds = 1'700'000'000) : wall_(unix_seconds) {}

  [[nodiscard]] Timestamp now() const override { return from_unix_seconds(wall_.load()); }
  [[nodiscard]] MonotonicTime monotonic_now() const override {
    return MonotonicTime{std::chrono::milliseconds{monotonic_ms_.load()}};
  }

  // Time passes on both clocks.
  void advance(std::chrono::seconds by) {
    wall_ += by.count();
    monotonic_ms_ += std::chrono::milliseconds(by).count();
  }
  // The wall clock alone is set, as by an operator or NTP.
  void jump_wall(std::chrono::seconds by) { wall_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_;
  std::atomic<std::int64_t> monotonic_ms_{1'000'000};
};

}  // namespace partwise::test
