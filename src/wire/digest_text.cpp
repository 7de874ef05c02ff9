#include "wire/digest_text.hpp"

#include <fmt/format.h>

#include "wire/refusals.hpp"

namespace partwise::wire {

namespace {

template <class Digest>
Result<std::optional<Digest>> parse_digest(std::string_view text, std::string_view kind,
                                           std::string_view path) {
  if (text.empty()) return std::nullopt;
  Digest digest{};
  if (from_hex(text, digest) || from_base64(text, digest)) return digest;
  return fail(
      ErrorCode::invalid_request,
      fmt::format("{} is not {} digest. Send {} hexadecimal digits, or the base64 of the {} "
                  "bytes - '{}'",
                  shown_text(text), kind, 2 * digest.size(), digest.size(), path),
      std::string(path));
}

}  // namespace

Result<std::optional<Md5Digest>> parse_md5(std::string_view text, std::string_view path) {
  return parse_digest<Md5Digest>(text, "an MD5", path);
}

Result<std::optional<Sha256Digest>> parse_sha256(std::string_view text, std::string_view path) {
  return parse_digest<Sha256Digest>(text, "a SHA-256", path);
}

}  // namespace partwise::wire
