#pragma once

// The verbs on projects, keys and usage, each as the body of one transaction. Contracts:
// core/account_store.hpp.

#include "core/account_store.hpp"
#include "store/sqlite/transaction.hpp"

namespace partwise::sqlite {

[[nodiscard]] Result<ApiKey> create_key(Transaction& tx, const NewKey& created);
[[nodiscard]] Result<ApiKey> revoke_key(Transaction& tx, const KeyId& id);
[[nodiscard]] Result<Project> create_project(Transaction& tx, const ProjectId& id,
                                             const Quotas& quotas);
[[nodiscard]] Result<Project> set_quotas(Transaction& tx, const ProjectId& id,
                                         const Quotas& quotas);
[[nodiscard]] Result<std::vector<Usage>> usage(Snapshot& view,
                                               const std::optional<ProjectId>& project);

}  // namespace partwise::sqlite
