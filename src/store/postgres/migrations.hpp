#pragma once

// Brings the schema of a database up to date, in numbered steps. Two nodes that start at once do
// not meet: each step holds an advisory lock of the database.

#include "store/postgres/connection.hpp"

namespace partwise::postgres {

// Where `may_change_older` is not set only an empty database is filled, and an older schema is
// refused. Errors: invalid_request (made by a newer Partwise; to be migrated first); those of the
// connection.
[[nodiscard]] Result<> migrate(Connection& connection, bool may_change_older);

// Error: invalid_request, unless the schema is there and is this program's.
[[nodiscard]] Result<> require_newest(Connection& connection);

// The name that the store got when it was made.
[[nodiscard]] Result<std::string> store_id(Connection& connection);

}  // namespace partwise::postgres
