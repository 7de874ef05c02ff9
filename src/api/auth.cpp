#include "api/auth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "http/grammar.hpp"

namespace partwise::api {

namespace {

std::string_view without_spaces(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string password_of(std::string_view credentials) {
  std::string decoded;
  if (!decode_base64(credentials, decoded)) return {};
  const std::size_t colon = decoded.find(':');
  return colon == std::string::npos ? std::string() : decoded.substr(colon + 1);
}

std::string key_of_authorization(std::string_view value) {
  const std::size_t space = std::min(value.find(' '), value.size());
  const std::string_view scheme = value.substr(0, space);
  const std::string_view credentials = without_spaces(value.substr(space));
  if (http::equal_ignoring_case(scheme, "bearer")) return std::string(credentials);
  if (http::equal_ignoring_case(scheme, "basic")) return password_of(credentials);
  return {};
}

}  // namespace

Result<std::string> api_key_of(const http::RequestHead& head) {
  std::string key;
  for (const http::Header& header : head.headers) {
    std::string named;
    if (http::equal_ignoring_case(header.name, "authorization")) {
      named = key_of_authorization(header.value);
    } else if (http::equal_ignoring_case(header.name, "api-key")) {
      named = without_spaces(header.value);
    }
    if (named.empty() || named == key) continue;
    // A proxy in front may have judged the other one.
    if (!key.empty()) {
      return fail(ErrorCode::invalid_key,
                  "The request has two different API keys. Send exactly one, in an "
                  "Authorization header.");
    }
    key = std::move(named);
  }
  return key;
}

Result<Identity> authenticate(const http::RequestHead& head, const Authenticator& authenticator) {
  TRY(const std::string key, api_key_of(head));
  return authenticator.identify(key);
}

Result<> require_admin(const Identity& identity) {
  if (identity.role == Role::admin) return {};
  return fail(ErrorCode::forbidden,
              fmt::format("This needs an API key with the role admin; yours has the role {}. Make "
                          "one with `partwise keys create --role admin`.",
                          role_text(identity.role)));
}

}  // namespace partwise::api
