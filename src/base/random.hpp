#pragma once

// Randomness is injected: ids, blob keys and API keys are drawn from here.

#include <cstddef>
#include <mutex>
#include <vector>

#include "base/bytes.hpp"

namespace partwise {

// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;
};

// The kernel's generator, read in blocks: an id costs no system call of its own.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(MutableBytes out) override;

 private:
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::byte> block_;
  std::size_t used_;
};

// `count` characters of 0-9A-Za-z, each equally likely.
[[nodiscard]] std::string random_alphanumeric(Random& random, std::size_t count);

}  // namespace partwise
