#include "load/sigv4.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace partwise::load {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

Sha256Digest hmac(Bytes key, std::string_view text) {
  Sha256Digest out{};
  unsigned int size = out.size();
  (void)HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(),
             reinterpret_cast<unsigned char*>(out.data()), &size);  // Fails for no input of ours.
  return out;
}

// "uploads&a=1" becomes "a=1&uploads=": in the order of the names, each with a value.
std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string_view, std::string_view>> members;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view member = query.substr(0, end);
    const std::size_t equals = std::min(member.find('='), member.size());
    members.emplace_back(member.substr(0, equals),
                         member.substr(std::min(equals + 1, member.size())));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  std::ranges::sort(members);
  std::string text;
  for (const auto& [name, value] : members) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  }
  return text;
}

std::string canonical_request(std::string_view method, std::string_view target,
                              std::span<const SignedHeader> headers, std::string_view signed_names,
                              std::string_view payload_sha256) {
  const std::size_t question = std::min(target.find('?'), target.size());
  const std::string_view query = target.substr(std::min(question + 1, target.size()));
  std::string text =
      fmt::format("{}\n{}\n{}\n", method, target.substr(0, question), canonical_query(query));
  for (const auto& [name, value] : headers) text += fmt::format("{}:{}\n", name, value);
  return text + fmt::format("\n{}\n{}", signed_names, payload_sha256);
}

}  // namespace

std::string sigv4_time(Timestamp now) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::time_t{unix_seconds(now)}));
}

std::string sigv4_authorization(const Sigv4Credentials& credentials, std::string_view method,
                                std::string_view target, std::span<const SignedHeader> headers,
                                std::string_view payload_sha256, std::string_view time) {
  std::string signed_names;
  for (const auto& [name, value] : headers) {
    if (!signed_names.empty()) signed_names += ';';
    signed_names += name;
  }
  const std::string_view date = time.substr(0, 8);
  const std::string scope =
      fmt::format("{}/{}/{}/aws4_request", date, credentials.region, credentials.service);
  const std::string request =
      canonical_request(method, target, headers, signed_names, payload_sha256);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope, to_hex(sha256(as_bytes(request))));
  Sha256Digest key = hmac(as_bytes("AWS4" + credentials.secret), date);
  for (const std::string_view next :
       {std::string_view(credentials.region), std::string_view(credentials.service),
        std::string_view("aws4_request")}) {
    key = hmac(key, next);
  }
  return fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm,
                     credentials.access, scope, signed_names, to_hex(hmac(key, to_sign)));
}

}  // namespace partwise::load
