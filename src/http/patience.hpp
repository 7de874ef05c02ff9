#pragma once

// How long a transfer may keep us waiting: a grace, plus its bytes at a minimum rate, and never
// longer than the stall limit at once. Only time spent waiting for the peer counts: a slow disk of
// ours is not its fault.

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace partwise::http {

class Patience {
 public:
  Patience(std::uint64_t rate_min_bytes_per_s, std::chrono::milliseconds grace,
           std::chrono::milliseconds stall_max)
      : rate_(rate_min_bytes_per_s), grace_(grace), stall_max_(stall_max) {}

  // Until when the next wait may last, after `transferred` bytes so far.
  [[nodiscard]] MonotonicTime deadline(MonotonicTime now, std::uint64_t transferred) const {
    return now + std::clamp<MonotonicTime::duration>(left(transferred), {}, stall_max_);
  }

  // A wait has ended, after `transferred` bytes so far. Patience that was earned and not used is
  // kept only up to the grace: a fast start buys no slow hours.
  void add_wait(MonotonicTime::duration waited, std::uint64_t transferred) {
    waited_ += waited;
    if (const auto spare = left(transferred) - grace_; spare > spare.zero()) waited_ += spare;
  }

 private:
  [[nodiscard]] MonotonicTime::duration left(std::uint64_t transferred) const {
    const std::uint64_t earned_ms = rate_ == 0 ? 0 : transferred * 1000 / rate_;
    return MonotonicTime::duration(grace_ + std::chrono::milliseconds{earned_ms}) - waited_;
  }

  std::uint64_t rate_;
  std::chrono::milliseconds grace_;
  std::chrono::milliseconds stall_max_;
  MonotonicTime::duration waited_{0};
};

}  // namespace partwise::http
