#pragma once

// The verbs on projects, keys and usage, each as the body of one transaction. Contracts:
// core/account_store.hpp.

#include "core/account.hpp"
#include "core/usage.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres {

[[nodiscard]] Result<ApiKey> create_key(Transaction& tx, const NewKey& key);
[[nodiscard]] Result<ApiKey> revoke_key(Transaction& tx, const KeyId& id);
[[nodiscard]] Result<Project> create_project(Transaction& tx, const ProjectId& id,
                                             const Quotas& quotas);
[[nodiscard]] Result<Project> set_quotas(Transaction& tx, const ProjectId& id,
                                         const Quotas& quotas);
[[nodiscard]] Result<std::vector<Usage>> usage(Transaction& view,
                                               const std::optional<ProjectId>& project);

}  // namespace partwise::postgres
