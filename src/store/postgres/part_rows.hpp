#pragma once

// The table `parts`. Its primary key is the order of lists. The rows of an ended upload stay until
// its reap job removes them; nobody but that job reads them.

#include <optional>
#include <vector>

#include "core/page.hpp"
#include "core/part.hpp"
#include "store/postgres/paging.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::part_rows {

// Takes the blob from its intent and inserts the part. False, and nothing was written, where the
// intent is gone or claimed.
[[nodiscard]] Result<bool> adopt(Transaction& tx, std::uint64_t upload_seq, const Part& part);
// A part by its id, as a lost commit may have left it: its upload may have ended since.
[[nodiscard]] Result<std::optional<Part>> find_made(Transaction& tx, const PartId& id,
                                                    const UploadId& upload);
// All parts of an upload.
[[nodiscard]] Result<std::vector<Part>> all(Transaction& tx, std::uint64_t upload_seq,
                                            const UploadId& upload);
[[nodiscard]] Result<std::optional<Position>> position(Transaction& tx, std::uint64_t upload_seq,
                                                       std::string_view id);
// At most `count` rows after `after`.
[[nodiscard]] Result<std::vector<Part>> page(Transaction& tx, std::uint64_t upload_seq,
                                             const UploadId& upload, Order order, Position after,
                                             std::uint32_t count);

// The blobs of the first `count` rows that are left.
[[nodiscard]] Result<std::vector<BlobKey>> first_keys(Transaction& tx, std::uint64_t upload_seq,
                                                      std::uint32_t count);
// Deletes the first `count` rows that are left.
void remove_first(Transaction& tx, std::uint64_t upload_seq, std::uint64_t count);

}  // namespace partwise::postgres::part_rows
