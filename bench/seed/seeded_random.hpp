#pragma once

#include <random>

#include "base/random.hpp"

namespace partwise::seed {

// Randomness that is the same in every run. One thread at a time.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(MutableBytes out) override {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (i % sizeof(word) == 0) word = engine_();
      out[i] = static_cast<std::byte>(word);
      word >>= 8U;
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace partwise::seed
