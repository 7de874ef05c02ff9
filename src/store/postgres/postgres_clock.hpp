#pragma once

// The database's time, as a node knows it: its own clock, and by how much the two differ. So the
// nodes of one store agree on what has expired, whatever their own clocks say.

#include <atomic>
#include <chrono>

#include "base/clock.hpp"

namespace partwise {

// Thread-safe.
class PostgresClock final : public Clock {
 public:
  // `own` outlives it.
  explicit PostgresClock(const Clock& own) : own_(own) {}

  [[nodiscard]] Timestamp now() const override {
    return own_.now() + std::chrono::seconds{offset_s_.load()};
  }
  [[nodiscard]] MonotonicTime monotonic_now() const override { return own_.monotonic_now(); }

  // The database has just said so.
  void set(Timestamp database_now) { offset_s_ = (database_now - own_.now()).count(); }

 private:
  const Clock& own_;
  std::atomic<std::int64_t> offset_s_ = 0;
};

}  // namespace partwise
