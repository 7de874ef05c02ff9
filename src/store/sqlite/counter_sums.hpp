#pragma once

// The sums that are kept beside the rows they are of: `projects.stored_bytes`, and the table
// `usage`. What they should be is summed up from the rows here, for the checker.

#include <vector>

#include "core/catalog.hpp"
#include "store/sqlite/database.hpp"

namespace partwise::sqlite {

// Of every project that has a row of its own, or content.
[[nodiscard]] Result<std::vector<CatalogCharge>> charges(Database& database);

// Counters of the table `usage` that differ from their rows.
[[nodiscard]] Result<std::vector<WrongCounter>> wrong_usage(Database& database);

// Makes both what the rows say, in one transaction: all of it, or nothing after an error. Durable
// on return.
[[nodiscard]] Result<> mend_counters(Database& database);

}  // namespace partwise::sqlite
