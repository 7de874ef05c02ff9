#pragma once

// The table `intents`: blobs that are garbage unless something adopts them. The two that adopt are
// in part_rows and file_rows.

#include <vector>

#include "core/blob.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::intent_rows {

// Errors of all: those of the database.

// Again for the same run is harmless. Error: internal where the key is another's, or due.
[[nodiscard]] Result<> record(Transaction& tx, const BlobKey& key, const RunId& run);
[[nodiscard]] Result<> release(Transaction& tx, const BlobKey& key);
// Up to `count` due ones that are left to nobody else at `now`, oldest first; left to `run` until
// `until`.
[[nodiscard]] Result<std::vector<BlobKey>> claim(Transaction& tx, const RunId& run, Timestamp now,
                                                 Timestamp until, std::uint32_t count);
// Where it was claimed.
void forget(Transaction& tx, const BlobKey& key);

// Gives those to `job` that are as old as `recorded_until` and still not due: nothing can adopt
// them from then on. Returns how many, at most `rows_max`.
[[nodiscard]] Result<std::uint32_t> abandon(Transaction& tx, std::uint64_t job,
                                            Timestamp recorded_until, std::uint32_t rows_max);
[[nodiscard]] Result<bool> has_old(Transaction& tx, Timestamp recorded_until);
// Of those that a job has: the blobs of the first `count` that are left, and their removal.
[[nodiscard]] Result<std::vector<BlobKey>> first_keys(Transaction& tx, std::uint64_t job,
                                                      std::uint32_t count);
void remove_first(Transaction& tx, std::uint64_t job, std::uint64_t count);

}  // namespace partwise::postgres::intent_rows
