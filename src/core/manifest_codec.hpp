#pragma once

// Manifests and lists of keys as packed values; docs/formats/manifest.md describes the bytes.

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "core/file.hpp"

namespace partwise {

inline constexpr std::size_t kKeyBytes = 16;
inline constexpr std::size_t kSegmentBytes = 32;

[[nodiscard]] std::vector<std::byte> pack_manifest(const Manifest& manifest);
// `packed` is a whole number of segments, as the schema makes sure; a rest is ignored.
[[nodiscard]] Manifest unpack_manifest(Bytes packed);

[[nodiscard]] std::vector<std::byte> pack_keys(const std::vector<BlobKey>& keys);
[[nodiscard]] std::vector<BlobKey> unpack_keys(Bytes packed);

}  // namespace partwise
