#pragma once

// The table `uploads`: its statements, and how a row becomes an Upload.

#include <optional>
#include <vector>

#include "core/page.hpp"
#include "core/upload.hpp"
#include "store/postgres/paging.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::upload_rows {

// An upload, and the database's time when it was read: after any wait for its row.
struct Seen {
  Upload upload;
  Timestamp now;
};

// Errors of all: those of the database. Rows are returned as they are written, whatever the clock
// says.

[[nodiscard]] Result<Upload> insert(Transaction& tx, const NewUpload& upload);
[[nodiscard]] Result<std::optional<Seen>> find(Transaction& tx, const OwnedUploadId& id);
// Whether it was made, be it ended or forgotten since.
[[nodiscard]] Result<std::optional<Upload>> find_made(Transaction& tx, const OwnedUploadId& id);

// These two change the row first of all, where it is pending, and so hold it until the transaction
// ends: whoever wants to end it, or to add to it, waits. Nothing where it is not pending.
[[nodiscard]] Result<std::optional<Seen>> hold(Transaction& tx, const OwnedUploadId& id);
// Counts one more part of `part_bytes`; returns the upload as it was before. Puts it off, and reads
// it from the rows of the exchange.
void count_part(Transaction& tx, const OwnedUploadId& id, std::uint64_t part_bytes);
[[nodiscard]] Result<std::optional<Seen>> read_counted(Rows rows, std::uint64_t part_bytes);
// The row, held, whatever its state.
[[nodiscard]] Result<std::optional<Seen>> lock(Transaction& tx, const OwnedUploadId& id);

// Writes the terminal state of `ended` over a row that is held. `reaped`: nothing of it is left to
// be removed. Put off.
void end(Transaction& tx, const Upload& ended, bool reaped);
// The MD5 of a completed upload's file, where a replay had to compute it.
[[nodiscard]] Result<std::optional<Md5Digest>> replay_md5(Transaction& tx, std::uint64_t seq);
void note_replay_md5(Transaction& tx, std::uint64_t seq, const Md5Digest& md5);
// The last reap job of the upload is done: it may be forgotten from now on.
[[nodiscard]] Result<Upload> mark_reaped(Transaction& tx, std::uint64_t seq);

[[nodiscard]] Result<std::optional<Position>> position(Transaction& tx, const ProjectId& project,
                                                       std::string_view id);
// At most `count` rows after `after`.
[[nodiscard]] Result<std::vector<Upload>> page(Transaction& tx, const ProjectId& project,
                                               const PageRequest& request, Position after,
                                               std::uint32_t count);
[[nodiscard]] Result<std::uint64_t> count_open(Transaction& tx, const ProjectId& project);

// Pending rows whose deadline has come and that nobody holds, held from now on.
[[nodiscard]] Result<std::vector<Upload>> hold_overdue(Transaction& tx, Timestamp now,
                                                       std::uint32_t rows_max);
// Makes tombstones of ended rows that are reaped, and returns them.
[[nodiscard]] Result<std::vector<Upload>> forget(Transaction& tx, Timestamp ended_until,
                                                 std::uint32_t rows_max);
// Deletes tombstones.
[[nodiscard]] Result<std::uint32_t> remove_forgotten(Transaction& tx, Timestamp ended_until,
                                                     std::uint32_t rows_max);

}  // namespace partwise::postgres::upload_rows
