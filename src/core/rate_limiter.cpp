#include "core/rate_limiter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace partwise {

namespace {
constexpr std::chrono::nanoseconds kMinute = std::chrono::minutes{1};
}  // namespace

Result<> RateLimiter::admit(const KeyId& key) {
  if (requests_per_minute_ == 0) return {};
  const MonotonicTime now = clock_.monotonic_now();
  if (full_at_.size() >= forget_at_) forget_full(now);
  MonotonicTime& full_at = full_at_.try_emplace(key, now).first->second;
  const MonotonicTime after = std::max(full_at, now) + kMinute / requests_per_minute_;
  if (after - now <= kMinute) {
    full_at = after;
    return {};
  }
  const auto wait = std::chrono::ceil<std::chrono::seconds>(after - now - kMinute);
  Error error{ErrorCode::rate_limited,
              fmt::format("Rate limit reached for this API key: {} requests per minute. Try again "
                          "in {} s.",
                          requests_per_minute_, wait.count())};
  error.retry_after_s = static_cast<std::uint32_t>(wait.count());
  return fail(std::move(error));
}

void RateLimiter::forget_full(MonotonicTime now) {
  std::erase_if(full_at_, [now](const auto& bucket) { return bucket.second <= now; });
  // Twice what is left, so that the walk is rare however many keys are busy.
  forget_at_ = std::max<std::size_t>(64, 2 * full_at_.size());
}

}  // namespace partwise
