#pragma once

// The time and the processor time that something takes.

#include <chrono>

#include "load/figures.hpp"

namespace partwise::load {

// A value. One thread at a time.
class CostMeter {
 public:
  using Clock = std::chrono::steady_clock;

  void start();
  [[nodiscard]] Clock::time_point started_at() const { return start_; }
  // From start() to `end`; the processor time is that of the process until now.
  [[nodiscard]] Cost cost_until(Clock::time_point end) const;

 private:
  struct CpuTime {
    double user_s = 0;
    double system_s = 0;
  };

  [[nodiscard]] static CpuTime own_cpu_time();

  Clock::time_point start_;
  CpuTime cpu_before_;
};

}  // namespace partwise::load
