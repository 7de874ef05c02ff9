#include "store/sqlite/upload_rows.hpp"

#include <fmt/format.h>

namespace partwise::sqlite {

namespace {

constexpr std::string_view kColumns =
    "seq, id, project, status, bytes, filename, purpose, mime_type, created_at, expires_at, "
    "file_ttl,"
    " part_count, stored_bytes, ended_at, file_id, file_seq, file_crc64, file_md5, request_sha256,"
    " request_md5";

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
};

std::string select(std::string_view rest) {
  return fmt::format("SELECT {} FROM uploads {}", kColumns, rest);
}

std::string select_page(std::string_view filter, Order order) {
  return page_sql(kColumns, "uploads", filter, order);
}

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

Result<std::optional<Timestamp>> read_time(Rows rows) {
  TRY(const bool found, rows.next());
  if (!found || rows.is_null(0)) return std::nullopt;
  return rows.time(0);
}

}  // namespace

UploadRows::UploadRows(Database& database)
    : database_(database),
      insert_(database,
              "INSERT INTO uploads (id, project, status, bytes, filename, purpose, mime_type, "
              "created_at,"
              " expires_at, file_ttl) VALUES (?1, ?2, 'pending', ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      find_(database, select("WHERE id = ?1 AND project = ?2 AND forgotten = 0")),
      count_part_(database,
                  "UPDATE uploads SET part_count = part_count + 1, stored_bytes = stored_bytes + ?2"
                  " WHERE seq = ?1 AND status = 'pending'"),
      end_(database,
           "UPDATE uploads SET status = ?2, ended_at = ?3, reaped = ?4"
           " WHERE seq = ?1 AND status = 'pending'"),
      complete_(
          database,
          "UPDATE uploads SET status = 'completed', ended_at = ?2, reaped = ?3, file_id = ?4,"
          " file_seq = ?5, file_crc64 = ?6, file_md5 = ?7, request_sha256 = ?8, request_md5 = ?9"
          " WHERE seq = ?1 AND status = 'pending'"),
      replay_md5_(database, "SELECT replay_md5 FROM uploads WHERE seq = ?1"),
      note_replay_md5_(database, "UPDATE uploads SET replay_md5 = ?2 WHERE seq = ?1"),
      mark_reaped_(
          database,
          fmt::format("UPDATE uploads SET reaped = 1 WHERE seq = ?1 RETURNING {}", kColumns)),
      position_(database, "SELECT created_at, seq FROM uploads WHERE id = ?1 AND project = ?2"),
      page_ascending_(database, select_page("project = ?4 AND forgotten = 0", Order::asc)),
      page_descending_(database, select_page("project = ?4 AND forgotten = 0", Order::desc)),
      page_of_purpose_ascending_(
          database, select_page("project = ?4 AND purpose = ?5 AND forgotten = 0", Order::asc)),
      page_of_purpose_descending_(
          database, select_page("project = ?4 AND purpose = ?5 AND forgotten = 0", Order::desc)),
      overdue_(
          database,
          select("WHERE status = 'pending' AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2")),
      forget_(database,
              fmt::format("UPDATE uploads SET forgotten = 1 WHERE seq IN (SELECT seq FROM uploads"
                          " WHERE reaped = 1 AND forgotten = 0 AND ended_at <= ?1"
                          " ORDER BY ended_at LIMIT ?2) RETURNING {}",
                          kColumns)),
      remove_forgotten_(database,
                        "DELETE FROM uploads WHERE seq IN (SELECT seq FROM uploads"
                        " WHERE forgotten = 1 AND ended_at <= ?1 ORDER BY ended_at LIMIT ?2)"),
      next_deadline_(database, "SELECT min(expires_at) FROM uploads WHERE status = 'pending'"),
      oldest_forgettable_(database,
                          "SELECT min(ended_at) FROM uploads WHERE reaped = 1 AND forgotten = 0"),
      oldest_forgotten_(database, "SELECT min(ended_at) FROM uploads WHERE forgotten = 1") {}

Result<Upload> UploadRows::read(const Rows& rows) {
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

Result<std::vector<Upload>> UploadRows::read_all(Rows& rows) {
  std::vector<Upload> uploads;
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return uploads;
    TRY(auto upload, read(rows));
    uploads.push_back(std::move(upload));
  }
}

Result<Upload> UploadRows::insert(const NewUpload& created, Timestamp now) {
  Upload upload;
  upload.id = created.id;
  upload.project = created.project;
  upload.bytes = created.bytes;
  upload.filename = created.filename;
  upload.purpose = created.purpose;
  upload.mime_type = created.mime_type;
  upload.created_at = now;
  upload.expires_at = now + created.ttl;
  upload.file_ttl = created.file_ttl;
  std::optional<std::int64_t> file_ttl;
  if (upload.file_ttl) file_ttl = upload.file_ttl->count();
  CHECK(insert_.run(upload.id.text, upload.project.text, upload.bytes, upload.filename,
                    purpose_text(upload.purpose), upload.mime_type, upload.created_at,
                    upload.expires_at, file_ttl));
  upload.sequence = static_cast<std::uint64_t>(database_.last_insert_rowid());
  return upload;
}

Result<std::optional<Upload>> UploadRows::find(const OwnedUploadId& id) {
  auto rows = find_.select(id.id.text, id.project.text);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return read(rows);
}

Result<> UploadRows::count_part(const Upload& upload, std::uint64_t part_bytes) {
  CHECK(count_part_.run(upload.sequence, part_bytes));
  if (database_.changes() != 1)
    return fail(ErrorCode::internal, "A part was counted on an ended upload.");
  return {};
}

Result<> UploadRows::end(const Upload& ended, bool reaped) {
  if (const auto* completed = std::get_if<Completed>(&ended.state)) {
    const StoredFile& file = completed->file;
    CHECK(complete_.run(ended.sequence, completed->ended_at, reaped, file.id.text, file.sequence,
                        file.crc64, file.md5, completed->request, completed->md5));
  } else {
    const auto* cancelled = std::get_if<Cancelled>(&ended.state);
    const Timestamp at =
        cancelled != nullptr ? cancelled->ended_at : std::get<Expired>(ended.state).ended_at;
    CHECK(end_.run(ended.sequence, status_text(ended.state), at, reaped));
  }
  if (database_.changes() != 1) return fail(ErrorCode::internal, "An upload was to end twice.");
  return {};
}

Result<std::optional<Md5Digest>> UploadRows::replay_md5(std::uint64_t seq) {
  auto rows = replay_md5_.select(seq);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return rows.fixed_bytes<16>(0);
}

Result<> UploadRows::note_replay_md5(std::uint64_t seq, const Md5Digest& md5) {
  return note_replay_md5_.run(seq, md5);
}

Result<Upload> UploadRows::mark_reaped(std::uint64_t seq) {
  auto rows = mark_reaped_.select(seq);
  TRY(const bool found, rows.next());
  if (!found) return fail(ErrorCode::internal, "A reap job has no upload.");
  return read(rows);
}

Result<std::optional<Position>> UploadRows::position(const ProjectId& project,
                                                     std::string_view id) {
  auto rows = position_.select(id, project.text);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return Position{rows.integer(0), rows.integer(1)};
}

Result<std::vector<Upload>> UploadRows::page(const ProjectId& project, const PageRequest& request,
                                             Position after, std::uint32_t count) {
  const bool ascending = request.order == Order::asc;
  if (request.purpose) {
    Statement& statement = ascending ? page_of_purpose_ascending_ : page_of_purpose_descending_;
    auto rows = statement.select(after.created_at, after.seq, count, project.text,
                                 purpose_text(*request.purpose));
    return read_all(rows);
  }
  Statement& statement = ascending ? page_ascending_ : page_descending_;
  auto rows = statement.select(after.created_at, after.seq, count, project.text);
  return read_all(rows);
}

Result<std::vector<Upload>> UploadRows::overdue(Timestamp now, std::uint32_t rows_max) {
  auto rows = overdue_.select(now, rows_max);
  return read_all(rows);
}

Result<std::vector<Upload>> UploadRows::forget(Timestamp ended_until, std::uint32_t rows_max) {
  auto rows = forget_.select(ended_until, rows_max);
  return read_all(rows);
}

Result<std::uint32_t> UploadRows::remove_forgotten(Timestamp ended_until, std::uint32_t rows_max) {
  CHECK(remove_forgotten_.run(ended_until, rows_max));
  return static_cast<std::uint32_t>(database_.changes());
}

Result<std::optional<Timestamp>> UploadRows::oldest_forgotten() {
  return read_time(oldest_forgotten_.select());
}

Result<std::optional<Timestamp>> UploadRows::next_deadline() {
  return read_time(next_deadline_.select());
}

Result<std::optional<Timestamp>> UploadRows::oldest_forgettable() {
  return read_time(oldest_forgettable_.select());
}

}  // namespace partwise::sqlite
