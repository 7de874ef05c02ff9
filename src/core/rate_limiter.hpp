#pragma once

// How many requests a key may make in a minute: a limit against a client that went wild, not a
// measure of anything. Lives on the loop.

#include <cstddef>
#include <cstdint>
#include <map>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/ids.hpp"

namespace partwise {

// A bucket of `requests_per_minute` tokens for each key, that fills up again evenly.
class RateLimiter {
 public:
  // 0: no limit. `clock` outlives the limiter.
  RateLimiter(std::uint32_t requests_per_minute, const Clock& clock)
      : requests_per_minute_(requests_per_minute), clock_(clock) {}

  // Takes a token. `key` was identified before, so that there are no more buckets than valid keys;
  // those that are full again are forgotten. Errors: rate_limited, with the seconds until the next
  // token.
  [[nodiscard]] Result<> admit(const KeyId& key);

  [[nodiscard]] std::size_t buckets() const { return full_at_.size(); }

 private:
  void forget_full(MonotonicTime now);

  // Constant after construction.
  const std::uint32_t requests_per_minute_;
  const Clock& clock_;
  // When the bucket will be full: one minute ahead it is empty.
  std::map<KeyId, MonotonicTime> full_at_;
  std::size_t forget_at_ = 64;  // Buckets.
};

}  // namespace partwise
