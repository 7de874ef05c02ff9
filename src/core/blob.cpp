#include "core/blob.hpp"

#include "base/hash.hpp"

namespace partwise {

BlobKey BlobKey::generate(Random& random, std::string_view neighbours) {
  BlobKey key;
  random.fill(key.bytes);
  Crc64 crc;
  crc.update(as_bytes(neighbours));
  key.bytes[0] = static_cast<std::byte>(crc.value());
  return key;
}

std::string BlobKey::text() const { return to_hex(bytes); }

std::optional<BlobKey> BlobKey::parse(std::string_view text) {
  BlobKey key;
  if (!from_hex(text, key.bytes) || key.text() != text) return std::nullopt;
  return key;
}

}  // namespace partwise
