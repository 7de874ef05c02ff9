#pragma once

// PostgreSQL as an adapter of the suites: the real one, in an empty database for each test.

#include "metadata_contract.hpp"

namespace partwise::test {

// Null where PostgreSQL is not installed.
[[nodiscard]] std::unique_ptr<MetadataStores> make_postgres_stores(Clock& clock,
                                                                   const CoreLimits& limits);

}  // namespace partwise::test
