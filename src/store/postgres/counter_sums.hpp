#pragma once

// What the counters of usage and the bills of projects should say, summed up from the rows.

#include <vector>

#include "core/catalog.hpp"
#include "store/postgres/connection.hpp"

namespace partwise::postgres {

// Contracts: core/catalog.hpp.
[[nodiscard]] Result<std::vector<CatalogCharge>> charges(Connection& connection);
[[nodiscard]] Result<std::vector<WrongCounter>> wrong_usage(Connection& connection);
[[nodiscard]] Result<> mend_counters(Connection& connection);

}  // namespace partwise::postgres
