#include "core/manifest_codec.hpp"

#include <algorithm>

namespace partwise {

namespace {

void append_u64(std::vector<std::byte>& out, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8)
    out.push_back(static_cast<std::byte>(value >> shift));
}

std::uint64_t read_u64(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

BlobKey read_key(Bytes bytes) {
  BlobKey key;
  std::ranges::copy(bytes.first<kKeyBytes>(), key.bytes.begin());
  return key;
}

}  // namespace

std::vector<std::byte> pack_manifest(const Manifest& manifest) {
  std::vector<std::byte> packed;
  packed.reserve(manifest.size() * kSegmentBytes);
  for (const BlobRef& blob : manifest) {
    packed.insert(packed.end(), blob.key.bytes.begin(), blob.key.bytes.end());
    append_u64(packed, blob.bytes);
    append_u64(packed, blob.crc64);
  }
  return packed;
}

Manifest unpack_manifest(Bytes packed) {
  Manifest manifest;
  manifest.reserve(packed.size() / kSegmentBytes);
  for (; packed.size() >= kSegmentBytes; packed = packed.subspan(kSegmentBytes)) {
    manifest.push_back({.key = read_key(packed),
                        .bytes = read_u64(packed.subspan(kKeyBytes)),
                        .crc64 = read_u64(packed.subspan(kKeyBytes + 8))});
  }
  return manifest;
}

std::vector<std::byte> pack_keys(const std::vector<BlobKey>& keys) {
  std::vector<std::byte> packed;
  packed.reserve(keys.size() * kKeyBytes);
  for (const BlobKey& key : keys) packed.insert(packed.end(), key.bytes.begin(), key.bytes.end());
  return packed;
}

std::vector<BlobKey> unpack_keys(Bytes packed) {
  std::vector<BlobKey> keys;
  keys.reserve(packed.size() / kKeyBytes);
  for (; packed.size() >= kKeyBytes; packed = packed.subspan(kKeyBytes))
    keys.push_back(read_key(packed));
  return keys;
}

}  // namespace partwise
