#pragma once

// The table `files`: living files, and the tombstones of deleted ones, which keep their place in
// lists.

#include <optional>
#include <vector>

#include "core/file.hpp"
#include "core/page.hpp"
#include "store/postgres/paging.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres {

// Source: the wire contract.
inline constexpr std::chrono::seconds kTombstoneTtl{30 * 24 * 3600};

namespace file_rows {

// A file that was living when it was read.
struct FileRow {
  StoredFile file;
  std::uint64_t manifest_length = 0;  // In segments.
  Timestamp now{};                    // When that was.
};

// Errors of all: those of the database.

// Of a file that was completed. Returns the sequence of the new row.
[[nodiscard]] Result<std::uint64_t> insert(Transaction& tx, const StoredFile& file,
                                           const Manifest& manifest);
// Takes the blob of a file that was posted from its intent, and inserts the file, dated now; `ttl`
// from then on. Nothing, and nothing was written, where the intent is gone or claimed.
[[nodiscard]] Result<std::optional<StoredFile>> adopt(Transaction& tx, StoredFile file,
                                                      const BlobRef& blob,
                                                      std::optional<std::chrono::seconds> ttl);
// Living now, with its manifest.
[[nodiscard]] Result<std::optional<FileContent>> find(Transaction& tx, const OwnedFileId& id);
// Whether it was made, be it deleted since; and whether it is.
[[nodiscard]] Result<std::optional<StoredFile>> find_made(Transaction& tx, const OwnedFileId& id);
[[nodiscard]] Result<std::optional<StoredFile>> find_buried(Transaction& tx, const OwnedFileId& id);
// Changes the row of a file that is not buried, and so holds it. It may be overdue.
[[nodiscard]] Result<std::optional<FileRow>> hold(Transaction& tx, const OwnedFileId& id);
// The blobs of segments `first` and on, at most `count`.
[[nodiscard]] Result<std::vector<BlobKey>> keys(Transaction& tx, std::uint64_t seq,
                                                std::uint64_t first, std::uint32_t count);
// The id of a row, tombstones included.
[[nodiscard]] Result<std::optional<FileId>> id_of(Transaction& tx, std::uint64_t seq);
// Living and held -> tombstone. `reaped`: it has no blob. Put off.
void bury(Transaction& tx, std::uint64_t seq, Timestamp now, bool reaped);
// The blobs are gone: the manifest is forgotten, and the tombstone may be, in its time.
[[nodiscard]] Result<StoredFile> mark_reaped(Transaction& tx, std::uint64_t seq);

// Where the row stands or stood; none for one that has been gone for kTombstoneTtl or longer.
[[nodiscard]] Result<std::optional<Position>> position(Transaction& tx, const ProjectId& project,
                                                       std::string_view id);
// At most `count` files after `after`, living now.
[[nodiscard]] Result<std::vector<StoredFile>> page(Transaction& tx, const ProjectId& project,
                                                   const PageRequest& request, Position after,
                                                   std::uint32_t count);

// Rows that are not buried yet although their deadline has come, and that nobody holds; held from
// now on.
[[nodiscard]] Result<std::vector<FileRow>> hold_overdue(Transaction& tx, Timestamp now,
                                                        std::uint32_t rows_max);
// Deletes tombstones that are reaped; returns how many.
[[nodiscard]] Result<std::uint32_t> forget(Transaction& tx, Timestamp deleted_until,
                                           std::uint32_t rows_max);

}  // namespace file_rows

}  // namespace partwise::postgres
