#pragma once

// How often one request is tried, and how long it waits in between.

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "store/s3/s3_limits.hpp"

namespace partwise::s3 {

class Attempts {
 public:
  Attempts(const S3Limits& limits, const Clock& clock, Random& random)
      : limits_(limits), clock_(clock), random_(random), began_(clock.monotonic_now()) {}

  // One attempt has failed: whether there is another.
  [[nodiscard]] bool may_try_again();
  // How long to wait before it. The store may ask for a time, which is kept within reason.
  [[nodiscard]] std::chrono::milliseconds wait(std::uint32_t retry_after_s);

 private:
  const S3Limits& limits_;
  const Clock& clock_;
  Random& random_;
  const MonotonicTime began_;
  std::uint32_t failed_ = 0;
};

}  // namespace partwise::s3
