#pragma once

// How fast work in the background may read: it says how long to rest, and somebody else does it, so
// that no time passes in tests.

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace partwise {

class Pace {
 public:
  // The least that a read counts for: what a disk could have read while it looked for the place.
  static constexpr std::uint64_t kReadBytesMin = 64 * kKiB;
  // Shorter rests are saved up.
  static constexpr std::chrono::milliseconds kRestMin{10};

  // 0: no limit. `clock` outlives the pace.
  Pace(std::uint64_t rate_bytes_per_s, const Clock& clock)
      : rate_(rate_bytes_per_s), clock_(clock) {}

  // One read of `bytes` was made. How long to rest before the next. A slow disk earns nothing: what
  // it did not reach in one second is not made up for in the next.
  [[nodiscard]] std::chrono::milliseconds rest_after(std::uint64_t bytes) {
    if (rate_ == 0) return {};
    const MonotonicTime now = clock_.monotonic_now();
    const auto counted = static_cast<double>(std::max(bytes, kReadBytesMin));
    const std::chrono::duration<double> cost(counted / static_cast<double>(rate_));
    paid_at_ = std::max(paid_at_, now) + std::chrono::ceil<MonotonicTime::duration>(cost);
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(paid_at_ - now);
    return rest < kRestMin ? std::chrono::milliseconds{} : rest;
  }

 private:
  const std::uint64_t rate_;
  const Clock& clock_;
  MonotonicTime paid_at_{};  // When all that was read is paid for.
};

}  // namespace partwise
