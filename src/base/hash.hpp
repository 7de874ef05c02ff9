#pragma once

// The digests that Partwise knows. CRC-64/XZ is computed for every stored byte; MD5 and SHA-256
// when asked for.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.hpp"

namespace partwise {

using Md5Digest = std::array<std::byte, 16>;
using Sha256Digest = std::array<std::byte, 32>;

// CRC-64/XZ (ECMA-182 reflected, initial value and final xor all ones; check value
// 995dc9bbdf1939fa). A value: copyable, and two CRCs of neighbouring bytes compose without reading
// the bytes again.
class Crc64 {
 public:
  Crc64() = default;
  // The CRC of content whose value is already known, to be continued or combined.
  explicit Crc64(std::uint64_t value) : value_(value) {}

  void update(Bytes bytes);
  [[nodiscard]] std::uint64_t value() const { return value_; }

  // The CRC of A followed by B, from those of A and B and the length of B. O(log length_b).
  [[nodiscard]] static Crc64 combine(Crc64 a, Crc64 b, std::uint64_t length_b);

  friend bool operator==(Crc64, Crc64) = default;

 private:
  std::uint64_t value_ = 0;  // Of the empty content.
};

// Sixteen lower-case hexadecimal digits.
[[nodiscard]] std::string crc64_text(std::uint64_t value);

// A running digest over OpenSSL's EVP. Not thread-safe; may move between threads.
class Digester {
 public:
  enum class Kind { md5, sha256 };

  explicit Digester(Kind kind);
  ~Digester();
  Digester(Digester&&) noexcept;
  Digester& operator=(Digester&&) noexcept;

  // The digest so far, to be continued by itself.
  [[nodiscard]] Digester clone() const;

  void update(Bytes bytes);
  // Ends the digest. `out` has exactly its size: 16 bytes for md5, 32 for sha256.
  void finish(MutableBytes out);

 private:
  struct Context;
  explicit Digester(std::unique_ptr<Context> context);
  std::unique_ptr<Context> context_;
};

[[nodiscard]] Sha256Digest sha256(Bytes bytes);
[[nodiscard]] Md5Digest md5(Bytes bytes);

// In constant time for equal lengths.
[[nodiscard]] bool equal_secrets(Bytes a, Bytes b);

}  // namespace partwise
