#include "core/authenticator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace partwise {

namespace {
constexpr std::string_view kPrefix = "pw-";
constexpr std::size_t kRandomCharacters = 48;
// Shorter beginnings of a key leave too much to guess.
constexpr std::size_t kMaskedCharactersMin = 16;
constexpr std::size_t kShownFirst = 6;
constexpr std::size_t kShownLast = 4;
constexpr std::size_t kStarsMax = 32;

std::uint64_t handle_of(const Sha256Digest& digest) {
  std::uint64_t handle = 0;
  std::memcpy(&handle, digest.data(), sizeof(handle));
  return handle;
}
}  // namespace

Authenticator::Authenticator(AccountStore& accounts, const Clock& clock,
                             std::string_view static_key)
    : accounts_(accounts), clock_(clock) {
  if (!static_key.empty()) static_digest_ = sha256(as_bytes(static_key));
}

Task<Result<>> Authenticator::refresh() {
  CO_TRY(const auto version, co_await accounts_.keys_version());
  if (version_ == version) co_return Result<>{};
  CO_TRY(auto keys, co_await accounts_.list_keys());
  // A later refresh may have overtaken this one: what it learnt is not taken back.
  if (version_ && *version_ > version) co_return Result<>{};
  by_handle_.clear();
  for (ApiKey& key : keys) {
    if (!key.revoked_at) by_handle_.emplace(handle_of(key.digest), std::move(key));
  }
  version_ = version;
  co_return Result<>{};
}

Result<Identity> Authenticator::identify(std::string_view key) const {
  if (key.empty()) {
    return fail(
        ErrorCode::unauthenticated,
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).");
  }
  const Sha256Digest digest = sha256(as_bytes(key));
  if (static_digest_ && equal_secrets(digest, *static_digest_)) {
    return Identity{.project = {"default"}, .key = {"static"}, .role = Role::user};
  }
  const auto [first, end] = by_handle_.equal_range(handle_of(digest));
  for (auto candidate = first; candidate != end; ++candidate) {
    const ApiKey& known = candidate->second;
    if (!equal_secrets(digest, known.digest) || !is_valid(known, clock_.now())) continue;
    return Identity{.project = known.project, .key = known.id, .role = known.role};
  }
  return fail(ErrorCode::invalid_key,
              fmt::format("Incorrect API key provided: {}. List the keys of this server with "
                          "`partwise keys list`.",
                          mask_api_key(key)));
}

std::string generate_api_key(Random& random) {
  return std::string(kPrefix) + random_alphanumeric(random, kRandomCharacters);
}

IssuedKey issue_key(Random& random, ProjectId project, std::string name, Role role,
                    std::optional<std::chrono::seconds> ttl) {
  std::string text = generate_api_key(random);
  NewKey key{.id = KeyId::generate(random),
             .project = std::move(project),
             .name = std::move(name),
             .role = role,
             .digest = sha256(as_bytes(text)),
             .ttl = ttl};
  return {.text = std::move(text), .key = std::move(key)};
}

std::string mask_api_key(std::string_view key) {
  std::string masked;
  const bool long_enough = key.size() >= 3 * (kShownFirst + kShownLast);
  if (long_enough) masked += key.substr(0, kShownFirst);
  masked.append(std::min(key.size() - (long_enough ? kShownFirst + kShownLast : 0), kStarsMax),
                '*');
  if (long_enough) masked += key.substr(key.size() - kShownLast);
  // The key is untrusted text on its way into a message.
  std::ranges::replace_if(masked, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return masked;
}

std::string without_api_keys(std::string_view text) {
  const auto is_of_key = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  std::string shown;
  for (auto at = text.find(kPrefix); at != std::string_view::npos; at = text.find(kPrefix)) {
    const std::string_view rest = text.substr(at + kPrefix.size());
    const auto random =
        static_cast<std::size_t>(std::ranges::find_if_not(rest, is_of_key) - rest.begin());
    const std::size_t end = at + kPrefix.size() + random;
    shown += text.substr(0, at);
    const std::string_view found = text.substr(at, end - at);
    shown += random < kMaskedCharactersMin ? std::string(found) : mask_api_key(found);
    text.remove_prefix(end);
  }
  return shown.append(text);
}

}  // namespace partwise
