#pragma once

// What the online checker and the scrubber walk over: which blobs have an owner. Contract:
// core/live_catalog.hpp.

#include "core/live_catalog.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::owner_rows {

[[nodiscard]] Result<OwnerPage> page(Transaction& tx, const OwnerCursor& cursor,
                                     std::uint32_t blobs_max);
[[nodiscard]] Result<std::vector<CatalogBlob>> still_owned(Transaction& tx,
                                                           const std::vector<CatalogBlob>& blobs);

}  // namespace partwise::postgres::owner_rows
