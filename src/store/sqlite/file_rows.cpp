#include "store/sqlite/file_rows.hpp"

#include <fmt/format.h>

#include "core/manifest_codec.hpp"

namespace partwise::sqlite {

namespace {

constexpr std::string_view kColumns =
    "seq, id, project, purpose, filename, bytes, created_at, expires_at, crc64, md5,"
    " length(manifest) / 32";

enum Column : int {
  kSeq,
  kId,
  kProject,
  kPurpose,
  kFilename,
  kBytes,
  kCreatedAt,
  kExpiresAt,
  kCrc64,
  kMd5,
  kManifestLength,
};

std::string select(std::string_view rest) {
  return fmt::format("SELECT {} FROM files {}", kColumns, rest);
}

std::string select_page(std::string_view filter, Order order) {
  constexpr std::string_view kLiving =
      "deleted_at IS NULL AND (expires_at IS NULL OR expires_at > ?4)";
  return page_sql(kColumns, "files", fmt::format("{} AND {}", kLiving, filter), order);
}

Result<FileRow> read(const Rows& rows) {
  FileRow row;
  StoredFile& file = row.file;
  const auto purpose = parse_purpose(rows.text(kPurpose));
  if (!purpose)
    return fail(ErrorCode::internal, fmt::format("Unknown purpose of {}.", rows.text(kId)));
  file.id = FileId{std::string(rows.text(kId))};
  file.project = ProjectId{std::string(rows.text(kProject))};
  file.purpose = *purpose;
  file.filename = rows.text(kFilename);
  file.bytes = rows.size(kBytes);
  file.created_at = rows.time(kCreatedAt);
  if (!rows.is_null(kExpiresAt)) file.expires_at = rows.time(kExpiresAt);
  file.crc64 = rows.size(kCrc64);
  file.md5 = rows.fixed_bytes<16>(kMd5);
  file.sequence = rows.size(kSeq);
  row.manifest_length = rows.size(kManifestLength);
  return row;
}

Result<std::vector<FileRow>> read_all(Rows rows) {
  std::vector<FileRow> files;
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return files;
    TRY(auto file, read(rows));
    files.push_back(std::move(file));
  }
}

Result<std::optional<Timestamp>> read_time(Rows rows) {
  TRY(const bool found, rows.next());
  if (!found || rows.is_null(0)) return std::nullopt;
  return rows.time(0);
}

}  // namespace

FileRows::FileRows(Database& database)
    : database_(database),
      insert_(database,
              "INSERT INTO files (id, project, purpose, filename, bytes, created_at, expires_at, "
              "crc64, md5,"
              " manifest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      find_(database, select("WHERE id = ?1 AND project = ?2 AND deleted_at IS NULL"
                             " AND (expires_at IS NULL OR expires_at > ?3)")),
      manifest_(database, "SELECT manifest FROM files WHERE seq = ?1"),
      keys_(database, "SELECT substr(manifest, 1 + 32 * ?2, 32 * ?3) FROM files WHERE seq = ?1"),
      id_of_(database, "SELECT id FROM files WHERE seq = ?1"),
      bury_(database,
            "UPDATE files SET deleted_at = ?2, reaped = ?3 WHERE seq = ?1 AND deleted_at IS NULL"),
      mark_reaped_(
          database,
          fmt::format("UPDATE files SET reaped = 1, manifest = x'' WHERE seq = ?1 RETURNING {}",
                      kColumns)),
      position_(database,
                "SELECT created_at, seq FROM files WHERE id = ?1 AND project = ?2"
                " AND (deleted_at IS NULL OR deleted_at > ?3)"),
      page_ascending_(database, select_page("project = ?5", Order::asc)),
      page_descending_(database, select_page("project = ?5", Order::desc)),
      page_of_purpose_ascending_(database,
                                 select_page("project = ?5 AND purpose = ?6", Order::asc)),
      page_of_purpose_descending_(database,
                                  select_page("project = ?5 AND purpose = ?6", Order::desc)),
      overdue_(database, select("WHERE deleted_at IS NULL AND expires_at IS NOT NULL"
                                " AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2")),
      forget_(database,
              "DELETE FROM files WHERE seq IN (SELECT seq FROM files"
              " WHERE reaped = 1 AND deleted_at <= ?1 ORDER BY deleted_at LIMIT ?2)"),
      next_deadline_(database,
                     "SELECT min(expires_at) FROM files"
                     " WHERE deleted_at IS NULL AND expires_at IS NOT NULL"),
      oldest_forgettable_(database, "SELECT min(deleted_at) FROM files WHERE reaped = 1") {}

Result<std::uint64_t> FileRows::insert(const StoredFile& file, const Manifest& manifest) {
  const auto packed = pack_manifest(manifest);
  CHECK(insert_.run(file.id.text, file.project.text, purpose_text(file.purpose), file.filename,
                    file.bytes, file.created_at, file.expires_at, file.crc64, file.md5,
                    Bytes(packed)));
  return static_cast<std::uint64_t>(database_.last_insert_rowid());
}

Result<std::optional<FileRow>> FileRows::find(const OwnedFileId& id, Timestamp now) {
  auto rows = find_.select(id.id.text, id.project.text, now);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return read(rows);
}

Result<Manifest> FileRows::manifest(std::uint64_t seq) {
  auto rows = manifest_.select(seq);
  TRY(const bool found, rows.next());
  return found ? unpack_manifest(rows.bytes(0)) : Manifest();
}

Result<std::vector<BlobKey>> FileRows::keys(std::uint64_t seq, std::uint64_t first,
                                            std::uint32_t count) {
  auto rows = keys_.select(seq, first, count);
  TRY(const bool found, rows.next());
  std::vector<BlobKey> keys;
  if (!found) return keys;
  for (const BlobRef& blob : unpack_manifest(rows.bytes(0))) keys.push_back(blob.key);
  return keys;
}

Result<std::optional<FileId>> FileRows::id_of(std::uint64_t seq) {
  auto rows = id_of_.select(seq);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return FileId{std::string(rows.text(0))};
}

Result<> FileRows::bury(std::uint64_t seq, Timestamp now, bool reaped) {
  CHECK(bury_.run(seq, now, reaped));
  if (database_.changes() != 1) return fail(ErrorCode::internal, "A file was to be deleted twice.");
  return {};
}

Result<FileRow> FileRows::mark_reaped(std::uint64_t seq) {
  auto rows = mark_reaped_.select(seq);
  TRY(const bool found, rows.next());
  if (!found) return fail(ErrorCode::internal, "A reap job has no file.");
  return read(rows);
}

Result<std::optional<Position>> FileRows::position(const ProjectId& project, std::string_view id,
                                                   Timestamp gone_until) {
  auto rows = position_.select(id, project.text, gone_until);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return Position{rows.integer(0), rows.integer(1)};
}

Result<std::vector<StoredFile>> FileRows::page(const ProjectId& project, const PageRequest& request,
                                               Position after, std::uint32_t count, Timestamp now) {
  const bool ascending = request.order == Order::asc;
  Statement& plain = ascending ? page_ascending_ : page_descending_;
  Statement& filtered = ascending ? page_of_purpose_ascending_ : page_of_purpose_descending_;
  TRY(auto rows,
      request.purpose
          ? read_all(filtered.select(after.created_at, after.seq, count, now, project.text,
                                     purpose_text(*request.purpose)))
          : read_all(plain.select(after.created_at, after.seq, count, now, project.text)));
  std::vector<StoredFile> files;
  files.reserve(rows.size());
  for (FileRow& row : rows) files.push_back(std::move(row.file));
  return files;
}

Result<std::vector<FileRow>> FileRows::overdue(Timestamp now, std::uint32_t rows_max) {
  return read_all(overdue_.select(now, rows_max));
}

Result<std::uint32_t> FileRows::forget(Timestamp deleted_until, std::uint32_t rows_max) {
  CHECK(forget_.run(deleted_until, rows_max));
  return static_cast<std::uint32_t>(database_.changes());
}

Result<std::optional<Timestamp>> FileRows::next_deadline() {
  return read_time(next_deadline_.select());
}

Result<std::optional<Timestamp>> FileRows::oldest_forgettable() {
  return read_time(oldest_forgettable_.select());
}

}  // namespace partwise::sqlite
