#include "store/s3/s3_credentials.hpp"

#include <algorithm>

namespace partwise::s3 {

namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  while (!text.empty() && kBlanks.contains(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<S3Credentials> S3Credentials::parse(std::string_view text) {
  S3Credentials credentials;
  bool is_default = true;  // What stands before any profile counts too.
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      is_default = line == "[default]";
      continue;
    }
    const auto equals = std::min(line.find('='), line.size());
    const auto name = trimmed(line.substr(0, equals));
    const auto value = trimmed(line.substr(std::min(equals + 1, line.size())));
    if (!is_default) continue;
    if (name == "aws_access_key_id") credentials.access_key = value;
    if (name == "aws_secret_access_key") credentials.secret_key = value;
    if (name == "aws_session_token") credentials.session_token = value;
  }
  if (credentials.are_whole()) return credentials;
  return fail(ErrorCode::invalid_request,
              "it has no aws_access_key_id and aws_secret_access_key in its profile default.");
}

}  // namespace partwise::s3
