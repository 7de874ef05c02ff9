#pragma once

// The port to projects and API keys. Written by `partwise keys` beside a running server.

#include <cstdint>
#include <vector>

#include "base/task.hpp"
#include "core/account.hpp"

namespace partwise {

// Durability and thread-safety as in UploadStore.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // Makes the project where it does not exist yet. `created_at` is set by the store.
  [[nodiscard]] virtual Task<Result<ApiKey>> create_key(ApiKey key) = 0;
  // Errors: not_found. Revoking twice keeps the first time.
  [[nodiscard]] virtual Task<Result<ApiKey>> revoke_key(KeyId id) = 0;
  // All keys, revoked ones too, oldest first.
  [[nodiscard]] virtual Task<Result<std::vector<ApiKey>>> list_keys() = 0;
  // Grows with every change of a key, by whatever process: cheap enough to ask several times a
  // second.
  [[nodiscard]] virtual Task<Result<std::uint64_t>> keys_version() = 0;
  // Bytes charged to a project: parts of its pending uploads, and its files.
  [[nodiscard]] virtual Task<Result<std::uint64_t>> stored_bytes(ProjectId project) = 0;
};

}  // namespace partwise
