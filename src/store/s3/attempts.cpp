#include "store/s3/attempts.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace partwise::s3 {

bool Attempts::may_try_again() {
  ++failed_;
  return failed_ < limits_.attempts_max && clock_.monotonic_now() - began_ < limits_.patience;
}

std::chrono::milliseconds Attempts::wait(std::uint32_t retry_after_s) {
  auto longest = limits_.first_wait;
  for (std::uint32_t i = 1; i < failed_; ++i) longest = std::min(longest * 2, limits_.longest_wait);
  std::array<std::byte, 4> drawn{};
  random_.fill(drawn);
  const auto half = longest.count() / 2;
  const auto chance = static_cast<std::int64_t>(std::bit_cast<std::uint32_t>(drawn)) % (half + 1);
  const auto waits = std::chrono::milliseconds(half + chance);
  return std::clamp<std::chrono::milliseconds>(std::chrono::seconds(retry_after_s), waits,
                                               limits_.longest_wait);
}

}  // namespace partwise::s3
