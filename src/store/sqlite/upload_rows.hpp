#pragma once

// The table `uploads`: its statements, and how a row becomes an Upload.

#include <optional>
#include <vector>

#include "core/page.hpp"
#include "core/upload.hpp"
#include "store/sqlite/paging.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// Errors as in Database. Rows are returned as they are written, whatever the clock says.
class UploadRows {
 public:
  explicit UploadRows(Database& database);

  [[nodiscard]] Result<Upload> insert(const NewUpload& upload, Timestamp now);
  [[nodiscard]] Result<std::optional<Upload>> find(const OwnedUploadId& id);
  // Counts one more part of `part_bytes`. Error: internal where the row is not pending.
  [[nodiscard]] Result<> count_part(const Upload& upload, std::uint64_t part_bytes);
  // Writes the terminal state of `ended` over a pending row. `reaped`: nothing of it is left to be
  // removed. Error: internal where the row is not pending.
  [[nodiscard]] Result<> end(const Upload& ended, bool reaped);
  // The MD5 of a completed upload's file, where a replay had to compute it.
  [[nodiscard]] Result<std::optional<Md5Digest>> replay_md5(std::uint64_t seq);
  [[nodiscard]] Result<> note_replay_md5(std::uint64_t seq, const Md5Digest& md5);
  // The last reap job of the upload is done: it may be forgotten from now on.
  [[nodiscard]] Result<Upload> mark_reaped(std::uint64_t seq);

  [[nodiscard]] Result<std::optional<Position>> position(const ProjectId& project,
                                                         std::string_view id);
  // At most `count` rows after `after`.
  [[nodiscard]] Result<std::vector<Upload>> page(const ProjectId& project,
                                                 const PageRequest& request, Position after,
                                                 std::uint32_t count);

  // Pending rows whose deadline has come, the oldest deadline first.
  [[nodiscard]] Result<std::vector<Upload>> overdue(Timestamp now, std::uint32_t rows_max);
  // Makes tombstones of ended rows that are reaped, and returns them.
  [[nodiscard]] Result<std::vector<Upload>> forget(Timestamp ended_until, std::uint32_t rows_max);
  // Deletes tombstones.
  [[nodiscard]] Result<std::uint32_t> remove_forgotten(Timestamp ended_until,
                                                       std::uint32_t rows_max);
  [[nodiscard]] Result<std::optional<Timestamp>> next_deadline();
  // When the oldest row ended that could be forgotten, and the oldest one that was.
  [[nodiscard]] Result<std::optional<Timestamp>> oldest_forgettable();
  [[nodiscard]] Result<std::optional<Timestamp>> oldest_forgotten();

 private:
  [[nodiscard]] static Result<Upload> read(const Rows& rows);
  [[nodiscard]] static Result<std::vector<Upload>> read_all(Rows& rows);

  // Constant after construction.
  Database& database_;
  Statement insert_;
  Statement find_;
  Statement count_part_;
  Statement end_;
  Statement complete_;
  Statement replay_md5_;
  Statement note_replay_md5_;
  Statement mark_reaped_;
  Statement position_;
  Statement page_ascending_;
  Statement page_descending_;
  Statement page_of_purpose_ascending_;
  Statement page_of_purpose_descending_;
  Statement overdue_;
  Statement forget_;
  Statement remove_forgotten_;
  Statement next_deadline_;
  Statement oldest_forgettable_;
  Statement oldest_forgotten_;
};

}  // namespace partwise::sqlite
