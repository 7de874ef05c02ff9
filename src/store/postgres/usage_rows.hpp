#pragma once

// The table `usage`, counters of what each project holds, and `usage_changes`, what is still to be
// added to them. A figure is the sum of both, read in one statement.

#include <optional>
#include <vector>

#include "core/usage.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::usage_rows {

// Errors of all: those of the database.

// The counters alone, by project; those that have none are missing.
[[nodiscard]] Result<std::vector<Usage>> all(Transaction& tx);
[[nodiscard]] Result<std::vector<Usage>> of(Transaction& tx, const ProjectId& project);
// Fills in the oldest pending upload of each that has one.
[[nodiscard]] Result<> add_oldest_pending(Transaction& tx, std::vector<Usage>& usages);

// Moves up to `rows_max` changes that nobody else is at into the sums. Returns how many.
[[nodiscard]] Result<std::uint64_t> fold(Transaction& tx, std::uint32_t rows_max);

}  // namespace partwise::postgres::usage_rows
