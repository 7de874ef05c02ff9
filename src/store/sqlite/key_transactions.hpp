#pragma once

// The verbs on projects and keys, each as the body of one transaction. Contracts:
// core/account_store.hpp.

#include "core/account_store.hpp"
#include "store/sqlite/transaction.hpp"

namespace partwise::sqlite {

[[nodiscard]] Result<ApiKey> create_key(Transaction& tx, ApiKey key);
[[nodiscard]] Result<ApiKey> revoke_key(Transaction& tx, const KeyId& id);

}  // namespace partwise::sqlite
