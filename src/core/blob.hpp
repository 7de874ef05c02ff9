#pragma once

// A blob is an immutable run of stored bytes: the content of one part, or of one file that was
// posted whole. It belongs to one upload or one file, never to two, or it is garbage.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "core/ids.hpp"

namespace partwise {

// 16 random bytes. The first is derived from the upload, so that the blobs of one upload lie
// together: one directory is synced for all of them.
struct BlobKey {
  std::array<std::byte, 16> bytes{};

  [[nodiscard]] static BlobKey generate(Random& random, std::string_view neighbours);
  // 32 lower-case hexadecimal digits.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<BlobKey> parse(std::string_view text);

  friend auto operator<=>(const BlobKey&, const BlobKey&) = default;
};

// A reference to a blob, with what its content must be.
struct BlobRef {
  BlobKey key;
  std::uint64_t bytes = 0;
  std::uint64_t crc64 = 0;
  friend bool operator==(const BlobRef&, const BlobRef&) = default;
};

}  // namespace partwise
