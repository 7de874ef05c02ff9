#pragma once

// The port to projects, their API keys and their usage. Written by `partwise keys` and `partwise
// projects` beside a running server.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/task.hpp"
#include "core/account.hpp"
#include "core/usage.hpp"

namespace partwise {

// Durability and thread-safety as in UploadStore.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // Makes the project where it does not exist yet. The store dates the key, and its end.
  [[nodiscard]] virtual Task<Result<ApiKey>> create_key(NewKey key) = 0;
  // Errors: not_found. Revoking twice keeps the first time.
  [[nodiscard]] virtual Task<Result<ApiKey>> revoke_key(KeyId id) = 0;
  // All keys, revoked and expired ones too, oldest first.
  [[nodiscard]] virtual Task<Result<std::vector<ApiKey>>> list_keys() = 0;
  // Grows with every change of a key, by whatever process: cheap enough to ask several times a
  // second.
  [[nodiscard]] virtual Task<Result<std::uint64_t>> keys_version() = 0;

  // Errors: state_conflict, where the project exists already, by whatever made it.
  [[nodiscard]] virtual Task<Result<Project>> create_project(ProjectId id, Quotas quotas) = 0;
  // Replaces both quotas; what a project holds beyond them stays. Errors: not_found.
  [[nodiscard]] virtual Task<Result<Project>> set_quotas(ProjectId id, Quotas quotas) = 0;

  // Of one project, or of all by their ids. Nothing for a project that neither a key, nor a charge,
  // nor an upload, nor create_project made. Costs the same whatever a project holds.
  [[nodiscard]] virtual Task<Result<std::vector<Usage>>> usage(
      std::optional<ProjectId> project) = 0;
};

}  // namespace partwise
