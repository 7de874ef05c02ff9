#include "core/ids.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"

namespace partwise {

namespace {

constexpr std::size_t kDatedDigits = 32;
constexpr std::size_t kFileCharacters = 22;
constexpr std::size_t kKeyCharacters = 24;
constexpr std::size_t kProjectCharactersMax = 64;

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_project_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

template <class Id, class Predicate>
std::optional<Id> parse_id(std::string_view text, std::string_view prefix, std::size_t count,
                           Predicate allowed) {
  if (text.size() != prefix.size() + count || !text.starts_with(prefix)) return std::nullopt;
  if (!std::ranges::all_of(text.substr(prefix.size()), allowed)) return std::nullopt;
  return Id{std::string(text)};
}

std::string dated_id(std::string_view prefix, Random& random, Timestamp now) {
  std::array<std::byte, kDatedDigits / 2> bytes{};
  const auto second = static_cast<std::uint32_t>(unix_seconds(now));
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(second >> (24U - 8U * i));
  random.fill(std::span(bytes).subspan(4));
  return std::string(prefix) + to_hex(bytes);
}

}  // namespace

std::optional<UploadId> UploadId::parse(std::string_view text) {
  return parse_id<UploadId>(text, "upload_", kDatedDigits, is_lower_hex);
}
UploadId UploadId::generate(Random& random, Timestamp now) {
  return {dated_id("upload_", random, now)};
}

std::optional<PartId> PartId::parse(std::string_view text) {
  return parse_id<PartId>(text, "part_", kDatedDigits, is_lower_hex);
}
PartId PartId::generate(Random& random, Timestamp now) { return {dated_id("part_", random, now)}; }

std::optional<FileId> FileId::parse(std::string_view text) {
  return parse_id<FileId>(text, "file-", kFileCharacters, is_alphanumeric);
}
FileId FileId::generate(Random& random) {
  return {"file-" + random_alphanumeric(random, kFileCharacters)};
}

std::optional<ProjectId> ProjectId::parse(std::string_view text) {
  if (text.empty() || text.size() > kProjectCharactersMax) return std::nullopt;
  if (!std::ranges::all_of(text, is_project_character)) return std::nullopt;
  return ProjectId{std::string(text)};
}

std::optional<KeyId> KeyId::parse(std::string_view text) {
  return parse_id<KeyId>(text, "key_", kKeyCharacters, is_alphanumeric);
}
KeyId KeyId::generate(Random& random) {
  return {"key_" + random_alphanumeric(random, kKeyCharacters)};
}

RunId RunId::generate(Random& random) {
  std::array<std::byte, 8> bytes{};
  random.fill(bytes);
  return {to_hex(bytes)};
}

}  // namespace partwise
