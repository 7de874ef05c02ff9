#include "store/s3/object_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace partwise::s3 {

std::string ObjectNames::group(std::uint32_t group) const {
  return fmt::format("{}blobs/{:02x}/", prefix_, group);
}

bool ObjectNames::is_group(std::string_view begin) const {
  std::byte number{};
  const auto digits = shown(begin).substr(std::min<std::size_t>(6, shown(begin).size()), 2);
  return from_hex(digits, {&number, 1}) && group(std::to_integer<std::uint32_t>(number)) == begin;
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

bool is_plain_name(std::string_view name) {
  return std::ranges::all_of(name, [](unsigned char c) {
    return c < 0x80 &&
           (std::isalnum(c) != 0 || std::string_view("-._/").contains(static_cast<char>(c)));
  });
}

}  // namespace partwise::s3
