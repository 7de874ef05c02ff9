#include "store/s3/s3_location.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace partwise::s3 {

namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";
constexpr std::size_t kPrefixBytesMax = 512;  // An object's name has at most 1024.

bool consists_of(std::string_view text, std::string_view more) {
  return std::ranges::all_of(text, [more](char c) {
    return kLetters.contains(c) || kDigits.contains(c) || more.contains(c);
  });
}

std::unexpected<Error> refuse(std::string_view text, std::string_view reason) {
  // Without its options: somebody may have put a key there.
  const auto shown = text.substr(0, text.find('?'));
  return fail(ErrorCode::invalid_request, fmt::format("'{}' {}", shown, reason));
}

// Names that stand for themselves in a URL, and that no client makes shorter on its way.
bool is_prefix(std::string_view prefix) {
  if (!consists_of(prefix, "._-/") || prefix.size() > kPrefixBytesMax) return false;
  for (std::size_t begin = 0; begin <= prefix.size();) {
    const auto end = std::min(prefix.find('/', begin), prefix.size());
    const auto part = prefix.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

bool is_endpoint(std::string_view url) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!url.starts_with(scheme)) continue;
    const auto host = url.substr(scheme.size());
    return !host.empty() && consists_of(host, ".-:[]");
  }
  return false;
}

Result<> read_query(S3Location& location, std::optional<S3Location::Addressing>& addressing,
                    std::string_view query, std::string_view text) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = pair.substr(0, equals);
    const auto value = pair.substr(std::min(equals + 1, pair.size()));
    if (name == "endpoint") {
      location.endpoint = value;
      while (location.endpoint.ends_with('/')) location.endpoint.pop_back();
    } else if (name == "region") {
      location.region = value;
    } else if (name == "addressing" && (value == "path" || value == "host")) {
      addressing = value == "path" ? S3Location::Addressing::path : S3Location::Addressing::host;
    } else {
      return refuse(text, fmt::format("has '{}', and may have region=REGION, endpoint=URL and "
                                      "addressing=path or =host.",
                                      name));
    }
  }
  return {};
}

}  // namespace

Result<S3Location> S3Location::parse(std::string_view text) {
  if (!text.starts_with(kScheme)) return refuse(text, "does not begin with s3://.");
  if (text.contains('@')) {  // Not repeated: it may hold a secret.
    return fail(ErrorCode::invalid_request,
                "a location must not hold credentials: they come from AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or from a file.");
  }
  auto rest = text.substr(kScheme.size());
  const auto question = std::min(rest.find('?'), rest.size());
  const auto query = rest.substr(std::min(question + 1, rest.size()));
  rest = rest.substr(0, question);
  const auto slash = std::min(rest.find('/'), rest.size());
  S3Location location;
  location.bucket = rest.substr(0, slash);
  auto prefix = rest.substr(std::min(slash + 1, rest.size()));
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  location.prefix = prefix;
  if (location.bucket.empty()) return refuse(text, "names no bucket.");
  if (!consists_of(location.bucket, ".-_")) {
    return refuse(text, "has a bucket of other characters than letters, digits, '.', '-' and '_'.");
  }
  if (!prefix.empty() && !is_prefix(prefix)) {
    return refuse(text,
                  "has a prefix of other things than letters, digits, '.', '-' and '_' between "
                  "single slashes.");
  }
  std::optional<Addressing> addressing;
  CHECK(read_query(location, addressing, query, text));
  if (location.region.empty() || !consists_of(location.region, "-_")) {
    return refuse(text, "needs region=REGION, as region=eu-central-1.");
  }
  location.addressing =
      addressing.value_or(location.endpoint.empty() ? Addressing::host : Addressing::path);
  if (location.endpoint.empty()) {
    location.endpoint = fmt::format("https://s3.{}.amazonaws.com", location.region);
  }
  if (!is_endpoint(location.endpoint)) {
    return refuse(text, "has an endpoint that is not http://HOST[:PORT] or https://HOST[:PORT].");
  }
  return location;
}

std::string S3Location::url_of(std::string_view name) const {
  if (addressing == Addressing::path) return fmt::format("{}/{}/{}", endpoint, bucket, name);
  const auto host = endpoint.find("://") + 3;
  return fmt::format("{}{}.{}/{}", endpoint.substr(0, host), bucket, endpoint.substr(host), name);
}

std::string S3Location::name_of(std::string_view rest) const {
  return prefix.empty() ? std::string(rest) : fmt::format("{}/{}", prefix, rest);
}

std::string S3Location::text() const {
  return prefix.empty() ? fmt::format("{}{}", kScheme, bucket)
                        : fmt::format("{}{}/{}", kScheme, bucket, prefix);
}

}  // namespace partwise::s3
