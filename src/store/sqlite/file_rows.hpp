#pragma once

// The table `files`: living files, and the tombstones of deleted ones, which keep their place in
// lists.

#include <optional>
#include <vector>

#include "core/file.hpp"
#include "core/page.hpp"
#include "store/sqlite/paging.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// A file that was living when it was read.
struct FileRow {
  StoredFile file;
  std::uint64_t manifest_length = 0;  // In segments.
};

// Errors as in Database.
class FileRows {
 public:
  explicit FileRows(Database& database);

  // Returns the sequence of the new row.
  [[nodiscard]] Result<std::uint64_t> insert(const StoredFile& file, const Manifest& manifest);
  // Living at `now`.
  [[nodiscard]] Result<std::optional<FileRow>> find(const OwnedFileId& id, Timestamp now);
  [[nodiscard]] Result<Manifest> manifest(std::uint64_t seq);
  // The blobs of segments `first` and on, at most `count`.
  [[nodiscard]] Result<std::vector<BlobKey>> keys(std::uint64_t seq, std::uint64_t first,
                                                  std::uint32_t count);
  // The id of a row, tombstones included.
  [[nodiscard]] Result<std::optional<FileId>> id_of(std::uint64_t seq);
  // Living -> tombstone. `reaped`: it has no blob. Error: internal where the row is no living file.
  [[nodiscard]] Result<> bury(std::uint64_t seq, Timestamp now, bool reaped);
  // The blobs are gone: the manifest is forgotten, and the tombstone may be, in its time.
  [[nodiscard]] Result<FileRow> mark_reaped(std::uint64_t seq);

  // Where the row stands or stood; none for one that has been gone since `gone_until` or longer.
  [[nodiscard]] Result<std::optional<Position>> position(const ProjectId& project,
                                                         std::string_view id, Timestamp gone_until);
  // At most `count` files after `after`, living at `now`.
  [[nodiscard]] Result<std::vector<StoredFile>> page(const ProjectId& project,
                                                     const PageRequest& request, Position after,
                                                     std::uint32_t count, Timestamp now);

  // Rows that are not buried yet although their deadline has come, the oldest deadline first.
  [[nodiscard]] Result<std::vector<FileRow>> overdue(Timestamp now, std::uint32_t rows_max);
  // Deletes tombstones that are reaped; returns how many.
  [[nodiscard]] Result<std::uint32_t> forget(Timestamp deleted_until, std::uint32_t rows_max);
  [[nodiscard]] Result<std::optional<Timestamp>> next_deadline();
  [[nodiscard]] Result<std::optional<Timestamp>> oldest_forgettable();

 private:
  // Constant after construction.
  Database& database_;
  Statement insert_;
  Statement find_;
  Statement manifest_;
  Statement keys_;
  Statement id_of_;
  Statement bury_;
  Statement mark_reaped_;
  Statement position_;
  Statement page_ascending_;
  Statement page_descending_;
  Statement page_of_purpose_ascending_;
  Statement page_of_purpose_descending_;
  Statement overdue_;
  Statement forget_;
  Statement next_deadline_;
  Statement oldest_forgettable_;
};

}  // namespace partwise::sqlite
