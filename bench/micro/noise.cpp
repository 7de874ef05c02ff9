#include "micro/noise.hpp"

#include <algorithm>
#include <random>

namespace partwise::micro {

std::vector<std::byte> noise(std::size_t count) {
  std::mt19937 random(1);
  std::vector<std::byte> bytes(count);
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
  return bytes;
}

}  // namespace partwise::micro
