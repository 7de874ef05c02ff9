#pragma once

// The verbs on what must be removed, each as the body of one transaction. Contracts:
// core/garbage_store.hpp, where it speaks of a store that many nodes share.

#include "core/garbage_store.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres {

[[nodiscard]] Result<ReapBatch> claim_work(Transaction& tx, const RunId& run,
                                           std::uint32_t blobs_max, const ClaimFilter& filter);
[[nodiscard]] Result<> settle_work(Transaction& tx, const std::vector<ReapWork>& work);
[[nodiscard]] Result<SweepOutcome> sweep(Transaction& tx, std::uint32_t rows_max,
                                         std::chrono::seconds ended_ttl);

}  // namespace partwise::postgres
