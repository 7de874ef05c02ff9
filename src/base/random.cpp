#include "base/random.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace partwise {

namespace {
constexpr std::size_t kBlockBytes = 4096;
constexpr std::string_view kAlphanumeric =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
}  // namespace

SystemRandom::SystemRandom() : block_(kBlockBytes), used_(kBlockBytes) {}

void SystemRandom::fill(MutableBytes out) {
  const std::lock_guard lock(mutex_);
  while (!out.empty()) {
    if (used_ == block_.size()) {
      // Without randomness no id is safe to hand out, and no caller could do anything better.
      if (RAND_bytes(reinterpret_cast<unsigned char*>(block_.data()), kBlockBytes) != 1)
        std::abort();
      used_ = 0;
    }
    const std::size_t count = std::min(out.size(), block_.size() - used_);
    const auto from = std::span(block_).subspan(used_, count);
    std::ranges::copy(from, out.begin());
    OPENSSL_cleanse(from.data(), from.size());  // A secret that was handed out is not kept here.
    used_ += count;
    out = out.subspan(count);
  }
}

std::string random_alphanumeric(Random& random, std::size_t count) {
  std::string text;
  text.reserve(count);
  std::array<std::byte, 32> drawn{};
  while (text.size() < count) {
    random.fill(drawn);
    for (std::byte byte : drawn) {
      const auto value = std::to_integer<std::size_t>(byte) & 63U;
      if (value < kAlphanumeric.size() && text.size() < count) text.push_back(kAlphanumeric[value]);
    }
  }
  return text;
}

}  // namespace partwise
