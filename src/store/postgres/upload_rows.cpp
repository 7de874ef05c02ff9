#include "store/postgres/upload_rows.hpp"

#include <fmt/format.h>

namespace partwise::postgres::upload_rows {

namespace {

constexpr std::string_view kColumns =
    "seq, id, project, status, bytes, filename, purpose, mime_type, created_at, expires_at,"
    " file_ttl, part_count, stored_bytes, ended_at, file_id, file_seq, file_crc64, file_md5,"
    " request_sha256, request_md5";

enum Column : int {
  kSeq,
  kId,
  kProject,
  kStatus,
  kBytes,
  kFilename,
  kPurpose,
  kMimeType,
  kCreatedAt,
  kExpiresAt,
  kFileTtl,
  kPartCount,
  kStoredBytes,
  kEndedAt,
  kFileId,
  kFileSeq,
  kFileCrc64,
  kFileMd5,
  kRequestSha256,
  kRequestMd5,
  kNow,  // Where it is asked for.
};

Statement make(std::string name, fmt::string_view sql) {
  return {std::move(name), fmt::vformat(sql, fmt::make_format_args(kColumns))};
}

Statement make_page(std::string name, std::string_view filter, Order order) {
  return {std::move(name), page_sql(kColumns, "uploads", filter, order)};
}

const Statement kInsert{
    "upload_insert",
    "INSERT INTO uploads (id, project, status, bytes, filename, purpose, mime_type, created_at,"
    " expires_at, file_ttl) SELECT $1, $2, 'pending', $3, $4, $5, $6, m.moment, m.moment + $7, $8"
    " FROM (SELECT partwise_moment() AS moment) AS m RETURNING seq, created_at"};
const Statement kFind = make("upload_find",
                             "SELECT {}, partwise_moment() FROM uploads"
                             " WHERE id = $1 AND project = $2 AND NOT forgotten");
const Statement kFindMade =
    make("upload_find_made", "SELECT {} FROM uploads WHERE id = $1 AND project = $2");
// RETURNING is computed once the row is held, and with it the moment. What stands in SET or WHERE
// may be older than the wait, and so may the columns of a SELECT ... FOR UPDATE.
const Statement kHold = make("upload_hold",
                             "UPDATE uploads SET part_count = part_count"
                             " WHERE id = $1 AND project = $2 AND status = 'pending'"
                             " RETURNING {}, partwise_moment()");
const Statement kCountPart =
    make("upload_count_part",
         "UPDATE uploads SET part_count = part_count + 1, stored_bytes = stored_bytes + $3"
         " WHERE id = $1 AND project = $2 AND status = 'pending' RETURNING {}, partwise_moment()");
const Statement kLock = make("upload_lock",
                             "SELECT {}, partwise_moment() FROM uploads"
                             " WHERE id = $1 AND project = $2 AND NOT forgotten FOR UPDATE");
const Statement kEnd{"upload_end",
                     "UPDATE uploads SET status = $2, ended_at = $3, reaped = $4"
                     " WHERE seq = $1 AND status = 'pending'"};
const Statement kComplete{
    "upload_complete",
    "UPDATE uploads SET status = 'completed', ended_at = $2, reaped = $3, file_id = $4,"
    " file_seq = $5, file_crc64 = $6, file_md5 = $7, request_sha256 = $8, request_md5 = $9"
    " WHERE seq = $1 AND status = 'pending'"};
const Statement kReplayMd5{"upload_replay_md5", "SELECT replay_md5 FROM uploads WHERE seq = $1"};
const Statement kNoteReplayMd5{"upload_note_replay_md5",
                               "UPDATE uploads SET replay_md5 = $2 WHERE seq = $1"};
const Statement kMarkReaped =
    make("upload_mark_reaped", "UPDATE uploads SET reaped = true WHERE seq = $1 RETURNING {}");
const Statement kPosition{"upload_position",
                          "SELECT created_at, seq FROM uploads WHERE id = $1 AND project = $2"};
const Statement kPageAscending =
    make_page("upload_page_asc", "project = $4 AND NOT forgotten", Order::asc);
const Statement kPageDescending =
    make_page("upload_page_desc", "project = $4 AND NOT forgotten", Order::desc);
const Statement kPageOfPurposeAscending = make_page(
    "upload_page_purpose_asc", "project = $4 AND purpose = $5 AND NOT forgotten", Order::asc);
const Statement kPageOfPurposeDescending = make_page(
    "upload_page_purpose_desc", "project = $4 AND purpose = $5 AND NOT forgotten", Order::desc);
const Statement kCountOpen{
    "upload_count_open", "SELECT count(*) FROM uploads WHERE project = $1 AND status = 'pending'"};
const Statement kHoldOverdue =
    make("upload_hold_overdue",
         "SELECT {} FROM uploads WHERE status = 'pending' AND expires_at <= $1"
         " ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED");
const Statement kForget =
    make("upload_forget",
         "UPDATE uploads SET forgotten = true WHERE seq IN (SELECT seq FROM uploads"
         " WHERE reaped AND NOT forgotten AND ended_at <= $1 ORDER BY ended_at LIMIT $2"
         " FOR UPDATE SKIP LOCKED) RETURNING {}");
const Statement kRemoveForgotten{
    "upload_remove_forgotten",
    "DELETE FROM uploads WHERE seq IN (SELECT seq FROM uploads WHERE forgotten AND ended_at <= $1"
    " ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)"};

Completed read_completed(const Rows& rows, const Upload& upload) {
  Completed completed{.ended_at = rows.time(kEndedAt), .file = {}, .request = {}, .md5 = {}};
  completed.request = rows.fixed_bytes<32>(kRequestSha256).value_or(Sha256Digest{});
  completed.md5 = rows.fixed_bytes<16>(kRequestMd5);
  StoredFile& file = completed.file;
  file.id = FileId{std::string(rows.text(kFileId))};
  file.project = upload.project;
  file.purpose = upload.purpose;
  file.filename = upload.filename;
  file.bytes = upload.bytes;
  file.created_at = upload.created_at;
  if (upload.file_ttl) file.expires_at = upload.created_at + *upload.file_ttl;
  file.crc64 = rows.size(kFileCrc64);
  file.md5 = rows.fixed_bytes<16>(kFileMd5);
  file.sequence = rows.size(kFileSeq);
  return completed;
}

Result<Upload> read(const Rows& rows) {
  Upload upload;
  const auto purpose = parse_purpose(rows.text(kPurpose));
  if (!purpose)
    return fail(ErrorCode::internal, fmt::format("Unknown purpose of {}.", rows.text(kId)));
  upload.id = UploadId{std::string(rows.text(kId))};
  upload.project = ProjectId{std::string(rows.text(kProject))};
  upload.bytes = rows.size(kBytes);
  upload.filename = rows.text(kFilename);
  upload.purpose = *purpose;
  upload.mime_type = rows.text(kMimeType);
  upload.created_at = rows.time(kCreatedAt);
  upload.expires_at = rows.time(kExpiresAt);
  if (!rows.is_null(kFileTtl)) upload.file_ttl = std::chrono::seconds{rows.integer(kFileTtl)};
  upload.part_count = static_cast<std::uint32_t>(rows.integer(kPartCount));
  upload.stored_bytes = rows.size(kStoredBytes);
  upload.sequence = rows.size(kSeq);
  const std::string_view status = rows.text(kStatus);
  if (status == "completed") upload.state = read_completed(rows, upload);
  if (status == "cancelled") upload.state = Cancelled{.ended_at = rows.time(kEndedAt)};
  if (status == "expired") upload.state = Expired{.ended_at = rows.time(kEndedAt)};
  return upload;
}

Result<std::vector<Upload>> read_all(Rows rows) {
  std::vector<Upload> uploads;
  while (rows.next()) {
    TRY(auto upload, read(rows));
    uploads.push_back(std::move(upload));
  }
  return uploads;
}

Result<std::optional<Seen>> read_seen(Rows rows) {
  if (!rows.next()) return std::nullopt;
  TRY(auto upload, read(rows));
  return Seen{.upload = std::move(upload), .now = rows.time(kNow)};
}

}  // namespace

Result<Upload> insert(Transaction& tx, const NewUpload& created) {
  Upload upload;
  upload.id = created.id;
  upload.project = created.project;
  upload.bytes = created.bytes;
  upload.filename = created.filename;
  upload.purpose = created.purpose;
  upload.mime_type = created.mime_type;
  upload.file_ttl = created.file_ttl;
  std::optional<std::int64_t> file_ttl;
  if (upload.file_ttl) file_ttl = upload.file_ttl->count();
  TRY(auto rows, tx.query(kInsert, upload.id.text, upload.project.text, upload.bytes,
                          as_bytes(upload.filename), purpose_text(upload.purpose),
                          as_bytes(upload.mime_type), created.ttl.count(), file_ttl));
  if (!rows.next()) return fail(ErrorCode::internal, "An insert returned no row.");
  upload.sequence = rows.size(0);
  upload.created_at = rows.time(1);
  upload.expires_at = upload.created_at + created.ttl;
  return upload;
}

Result<std::optional<Seen>> find(Transaction& tx, const OwnedUploadId& id) {
  TRY(auto rows, tx.query(kFind, id.id.text, id.project.text));
  return read_seen(std::move(rows));
}

Result<std::optional<Upload>> find_made(Transaction& tx, const OwnedUploadId& id) {
  TRY(auto rows, tx.query(kFindMade, id.id.text, id.project.text));
  if (!rows.next()) return std::nullopt;
  return read(rows);
}

Result<std::optional<Seen>> hold(Transaction& tx, const OwnedUploadId& id) {
  TRY(auto rows, tx.query(kHold, id.id.text, id.project.text));
  return read_seen(std::move(rows));
}

void count_part(Transaction& tx, const OwnedUploadId& id, std::uint64_t part_bytes) {
  tx.later(kCountPart, id.id.text, id.project.text, part_bytes);
}

Result<std::optional<Seen>> read_counted(Rows rows, std::uint64_t part_bytes) {
  TRY(auto seen, read_seen(std::move(rows)));
  if (seen) {
    seen->upload.part_count -= 1;
    seen->upload.stored_bytes -= part_bytes;
  }
  return seen;
}

Result<std::optional<Seen>> lock(Transaction& tx, const OwnedUploadId& id) {
  TRY(auto rows, tx.query(kLock, id.id.text, id.project.text));
  return read_seen(std::move(rows));
}

void end(Transaction& tx, const Upload& ended, bool reaped) {
  if (const auto* completed = std::get_if<Completed>(&ended.state)) {
    const StoredFile& file = completed->file;
    tx.later(kComplete, ended.sequence, completed->ended_at, reaped, file.id.text, file.sequence,
             file.crc64, file.md5, completed->request, completed->md5);
    return;
  }
  const auto* cancelled = std::get_if<Cancelled>(&ended.state);
  const Timestamp at =
      cancelled != nullptr ? cancelled->ended_at : std::get<Expired>(ended.state).ended_at;
  tx.later(kEnd, ended.sequence, status_text(ended.state), at, reaped);
}

Result<std::optional<Md5Digest>> replay_md5(Transaction& tx, std::uint64_t seq) {
  TRY(auto rows, tx.query(kReplayMd5, seq));
  if (!rows.next()) return std::nullopt;
  return rows.fixed_bytes<16>(0);
}

void note_replay_md5(Transaction& tx, std::uint64_t seq, const Md5Digest& md5) {
  tx.later(kNoteReplayMd5, seq, md5);
}

Result<Upload> mark_reaped(Transaction& tx, std::uint64_t seq) {
  TRY(auto rows, tx.query(kMarkReaped, seq));
  if (!rows.next()) return fail(ErrorCode::internal, "A reap job has no upload.");
  return read(rows);
}

Result<std::optional<Position>> position(Transaction& tx, const ProjectId& project,
                                         std::string_view id) {
  if (!may_be_id(id)) return std::nullopt;
  TRY(auto rows, tx.query(kPosition, id, project.text));
  if (!rows.next()) return std::nullopt;
  return Position{rows.integer(0), rows.integer(1)};
}

Result<std::vector<Upload>> page(Transaction& tx, const ProjectId& project,
                                 const PageRequest& request, Position after, std::uint32_t count) {
  const bool ascending = request.order == Order::asc;
  if (request.purpose) {
    TRY(auto rows,
        tx.query(ascending ? kPageOfPurposeAscending : kPageOfPurposeDescending, after.created_at,
                 after.seq, count, project.text, purpose_text(*request.purpose)));
    return read_all(std::move(rows));
  }
  TRY(auto rows, tx.query(ascending ? kPageAscending : kPageDescending, after.created_at, after.seq,
                          count, project.text));
  return read_all(std::move(rows));
}

Result<std::uint64_t> count_open(Transaction& tx, const ProjectId& project) {
  TRY(auto rows, tx.query(kCountOpen, project.text));
  return rows.next() ? rows.size(0) : 0;
}

Result<std::vector<Upload>> hold_overdue(Transaction& tx, Timestamp now, std::uint32_t rows_max) {
  TRY(auto rows, tx.query(kHoldOverdue, now, rows_max));
  return read_all(std::move(rows));
}

Result<std::vector<Upload>> forget(Transaction& tx, Timestamp ended_until, std::uint32_t rows_max) {
  TRY(auto rows, tx.query(kForget, ended_until, rows_max));
  return read_all(std::move(rows));
}

Result<std::uint32_t> remove_forgotten(Transaction& tx, Timestamp ended_until,
                                       std::uint32_t rows_max) {
  TRY(const auto removed, tx.write(kRemoveForgotten, ended_until, rows_max));
  return static_cast<std::uint32_t>(removed);
}

}  // namespace partwise::postgres::upload_rows
