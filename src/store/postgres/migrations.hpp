#pragma once

// Brings the schema of a database up to date, in numbered steps. Two nodes that start at once do
// not meet: each step holds an advisory lock of the database.

#include <functional>
#include <optional>
#include <string>

#include "store/postgres/connection.hpp"

namespace partwise::postgres {

// Where `may_change_older` is not set only an empty database is filled, and an older schema is
// refused. Errors: invalid_request (made by a newer Partwise; to be migrated first); those of the
// connection.
[[nodiscard]] Result<> migrate(Connection& connection, bool may_change_older);

// Error: invalid_request, unless the schema is there and is this program's.
[[nodiscard]] Result<> require_newest(Connection& connection);

// What a database says of itself.
struct StoreName {
  std::string id;                       // Given when it was made; no other store has it.
  std::optional<std::string> blobs_id;  // Of the place where its blobs are, once there is one.
};
[[nodiscard]] Result<StoreName> store_name(Connection& connection);

// Has the store agree with the place of its blobs, one node at a time: `agree` gets what the
// database says, and returns the id of the place. Errors: those of `agree`; those of the
// connection.
using Agree = std::function<Result<std::string>(const StoreName&)>;
[[nodiscard]] Result<> bind_blobs(Connection& connection, const Agree& agree);

// While a session holds the first, none can hold the second, and the other way round; both end with
// the session. False where it cannot be had now.
[[nodiscard]] Result<bool> be_a_node(Connection& connection);
[[nodiscard]] Result<bool> be_alone(Connection& connection);

}  // namespace partwise::postgres
