#pragma once

// Known keys, in memory: a request is authenticated without touching the store. Lives on the loop.

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/task.hpp"
#include "core/account.hpp"
#include "core/account_store.hpp"

namespace partwise {

// Who asks.
struct Identity {
  ProjectId project;
  KeyId key;
  Role role = Role::user;
};

// A key that was made and is not stored yet. The text is shown to its owner once, and kept nowhere.
struct IssuedKey {
  std::string text;
  NewKey key;
};

class Authenticator {
 public:
  // `static_key`: the configured key of project `default`, with the role `user`; or empty.
  // `accounts` and `clock` outlive the authenticator.
  Authenticator(AccountStore& accounts, const Clock& clock, std::string_view static_key);

  // Reads the keys again if they changed. Called at start and several times a second.
  [[nodiscard]] Task<Result<>> refresh();

  // Errors: unauthenticated (empty); invalid_key with the key masked in the message, where it is
  // not known, revoked or has expired by now.
  [[nodiscard]] Result<Identity> identify(std::string_view key) const;

 private:
  AccountStore& accounts_;
  const Clock& clock_;
  std::optional<Sha256Digest> static_digest_;
  std::optional<std::uint64_t> version_;
  // Keys that are not revoked, by the first bytes of their digest: these find the candidates, whose
  // whole digests are compared in constant time.
  std::unordered_multimap<std::uint64_t, ApiKey> by_handle_;
};

// The text of a new API key: `pw-` and 48 letters and digits.
[[nodiscard]] std::string generate_api_key(Random& random);
// The same with everything that is stored of it.
[[nodiscard]] IssuedKey issue_key(Random& random, ProjectId project, std::string name, Role role,
                                  std::optional<std::chrono::seconds> ttl = {});
// First and last characters, the rest as stars, for messages.
[[nodiscard]] std::string mask_api_key(std::string_view key);
// `text` with what generate_api_key may have made masked wherever it stands, also where its end is
// missing: for logs and messages, because people put keys into paths.
[[nodiscard]] std::string without_api_keys(std::string_view text);

}  // namespace partwise
