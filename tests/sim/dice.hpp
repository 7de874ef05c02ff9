#pragma once

// All chance of one history: the same seed rolls the same numbers. SplitMix64.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.hpp"

namespace partwise::sim {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t roll() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  // 0 to `count` - 1.
  std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : roll() % count; }
  // `first` to `last`, both possible.
  std::uint64_t between(std::uint64_t first, std::uint64_t last) {
    return first + below(last - first + 1);
  }
  // True in `per_mille` of a thousand cases.
  bool chance(std::uint64_t per_mille) { return per_mille > 0 && below(1000) < per_mille; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

// The server's randomness, drawn from a stream of its own.
class DiceRandom final : public Random {
 public:
  explicit DiceRandom(std::uint64_t seed) : dice_(seed) {}
  void fill(MutableBytes out) override {
    for (std::byte& byte : out) byte = static_cast<std::byte>(dice_.roll() >> 56U);
  }

 private:
  Dice dice_;
};

}  // namespace partwise::sim
