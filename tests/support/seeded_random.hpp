#pragma once

// Randomness that a test can repeat: the same seed draws the same ids. Not for secrets, not
// thread-safe.

#include <cstdint>
#include <random>

#include "base/random.hpp"

namespace partwise::test {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : engine_(seed) {}

  void fill(MutableBytes out) override {
    for (std::byte& byte : out) byte = static_cast<std::byte>(engine_() >> 56U);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace partwise::test
