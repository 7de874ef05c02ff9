#pragma once

// What the API offers on projects and keys: usage to everybody for its own project, and to
// administrators the usage and the keys of all.

#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/task.hpp"
#include "core/account_store.hpp"
#include "core/authenticator.hpp"

namespace partwise {

struct CreateKeyRequest {
  std::string project;  // Untrusted text.
  std::string name;
  Role role = Role::user;
  std::optional<std::chrono::seconds> ttl = {};
};

// A stored key, and its text: for its owner, once.
struct CreatedKey {
  ApiKey key;
  std::string text;
};

// Lives on the loop. What it is given outlives it.
class AccountService {
 public:
  AccountService(AccountStore& accounts, Authenticator& authenticator, Random& random)
      : accounts_(accounts), authenticator_(authenticator), random_(random) {}

  // Of the own project; for administrators of all of them, or of the one that is `asked` for.
  // Errors: forbidden (another project, and no administrator); not_found.
  [[nodiscard]] Task<Result<std::vector<Usage>>> usage(Identity who,
                                                       std::optional<std::string> asked);

  // Of all projects, revoked ones too, oldest first.
  [[nodiscard]] Task<Result<std::vector<ApiKey>>> list_keys();
  // Of a project that exists. Errors: invalid_request.
  [[nodiscard]] Task<Result<CreatedKey>> create_key(CreateKeyRequest request);
  // This server refuses the key on return. Errors: not_found.
  [[nodiscard]] Task<Result<ApiKey>> revoke_key(std::string id);

 private:
  // Constant after construction.
  AccountStore& accounts_;
  Authenticator& authenticator_;
  Random& random_;
};

// Errors: invalid_request, for a project's id or the name of a key that cannot be kept; they name
// the parameter.
[[nodiscard]] Result<ProjectId> check_project_id(std::string_view text);
[[nodiscard]] Result<> check_key_name(std::string_view name);

}  // namespace partwise
