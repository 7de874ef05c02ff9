#include "store/s3/object_names.hpp"

#include <fmt/format.h>

namespace partwise::s3 {

std::string ObjectNames::group(std::uint32_t group) const {
  return fmt::format("{}blobs/{:02x}/", prefix_, group);
}

std::string ObjectNames::blob(const BlobKey& key) const {
  return group(std::to_integer<std::uint32_t>(key.bytes[0])) + key.text();
}

std::optional<BlobKey> ObjectNames::parse_blob(std::string_view name) const {
  const auto slash = name.rfind('/');
  const auto key = BlobKey::parse(name.substr(slash == std::string_view::npos ? 0 : slash + 1));
  // Only what is spelled as we spell it.
  if (key && blob(*key) == name) return key;
  return std::nullopt;
}

std::string_view ObjectNames::shown(std::string_view name) const {
  return name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
}

}  // namespace partwise::s3
