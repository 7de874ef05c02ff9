#pragma once

// The verbs of what must be removed, each as the body of one transaction. Contracts:
// core/garbage_store.hpp.

#include "core/garbage_store.hpp"
#include "store/sqlite/transaction.hpp"

namespace partwise::sqlite {

[[nodiscard]] Result<> record_intent(Transaction& tx, const BlobKey& key, const RunId& run);
[[nodiscard]] Result<> release_intent(Transaction& tx, const BlobKey& key);
// Due intents come first, as one piece with job 0; then the jobs, oldest first, a piece of each.
[[nodiscard]] Result<ReapBatch> claim_work(Transaction& tx, const RunId& run,
                                           std::uint32_t blobs_max, const ClaimFilter& filter);
[[nodiscard]] Result<> settle_work(Transaction& tx, const std::vector<ReapWork>& work);
[[nodiscard]] Result<SweepOutcome> sweep(Transaction& tx, std::uint32_t rows_max,
                                         std::chrono::seconds ended_ttl);

}  // namespace partwise::sqlite
