#pragma once

// The table `api_keys`, and the counter of its changes.

#include <optional>
#include <vector>

#include "core/account.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::key_rows {

// Errors of all: those of the database.

// Dates the key, and its end.
[[nodiscard]] Result<ApiKey> insert(Transaction& tx, const NewKey& key);
[[nodiscard]] Result<std::optional<ApiKey>> find(Transaction& tx, const KeyId& id);
// Nothing where it is revoked already, or not there.
[[nodiscard]] Result<std::optional<ApiKey>> revoke(Transaction& tx, const KeyId& id);
// Oldest first.
[[nodiscard]] Result<std::vector<ApiKey>> all(Transaction& tx);

// The counter, and the database's time.
struct Version {
  std::uint64_t number = 0;
  Timestamp now{};
};
[[nodiscard]] Result<Version> version(Transaction& tx);

}  // namespace partwise::postgres::key_rows
