#include "store/postgres/file_rows.hpp"

#include <fmt/format.h>

#include "core/manifest_codec.hpp"

namespace partwise::postgres::file_rows {

namespace {

constexpr std::string_view kColumns =
    "seq, id, project, purpose, filename, bytes, created_at, expires_at, crc64, md5,"
    " (octet_length(manifest) / 32)::bigint";

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
  kMore,  // Where more is asked for.
};

Statement make(std::string name, fmt::string_view sql) {
  return {std::move(name), fmt::vformat(sql, fmt::make_format_args(kColumns))};
}

Statement make_page(std::string name, std::string_view filter, Order order) {
  constexpr std::string_view kLiving =
      "deleted_at IS NULL AND (expires_at IS NULL OR expires_at > partwise_moment())";
  return {std::move(name),
          page_sql(kColumns, "files", fmt::format("{} AND {}", kLiving, filter), order)};
}

const Statement kInsert{
    "file_insert",
    "INSERT INTO files (id, project, purpose, filename, bytes, created_at, expires_at, crc64, md5,"
    " manifest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING seq"};
const Statement kAdopt{
    "file_adopt",
    "WITH adopted AS (DELETE FROM intents WHERE key = $10 AND claimed_by IS NULL AND job IS NULL"
    " RETURNING partwise_moment() AS moment)"
    " INSERT INTO files (id, project, purpose, filename, bytes, created_at, expires_at, crc64, md5,"
    " manifest) SELECT $1, $2, $3, $4, $5, moment, moment + $6, $7, $8, $9 FROM adopted"
    " RETURNING seq, created_at"};
const Statement kFind =
    make("file_find",
         "SELECT {}, manifest FROM files WHERE id = $1 AND project = $2 AND deleted_at IS NULL"
         " AND (expires_at IS NULL OR expires_at > partwise_moment())");
const Statement kFindMade =
    make("file_find_made", "SELECT {} FROM files WHERE id = $1 AND project = $2");
const Statement kFindBuried =
    make("file_find_buried",
         "SELECT {} FROM files WHERE id = $1 AND project = $2 AND deleted_at IS NOT NULL");
const Statement kHold = make("file_hold",
                             "UPDATE files SET reaped = false"
                             " WHERE id = $1 AND project = $2 AND deleted_at IS NULL"
                             " RETURNING {}, partwise_moment()");
const Statement kKeys{"file_keys",
                      "SELECT substring(manifest FROM (1 + 32 * $2)::integer"
                      " FOR (32 * $3)::integer) FROM files WHERE seq = $1"};
const Statement kIdOf{"file_id_of", "SELECT id FROM files WHERE seq = $1"};
const Statement kBury{"file_bury",
                      "UPDATE files SET deleted_at = $2, reaped = $3"
                      " WHERE seq = $1 AND deleted_at IS NULL"};
const Statement kMarkReaped =
    make("file_mark_reaped",
         "UPDATE files SET reaped = true, manifest = '' WHERE seq = $1 RETURNING {}");
const Statement kPosition{"file_position",
                          "SELECT created_at, seq FROM files WHERE id = $1 AND project = $2"
                          " AND (deleted_at IS NULL OR deleted_at > partwise_moment() - $3)"};
const Statement kPageAscending = make_page("file_page_asc", "project = $4", Order::asc);
const Statement kPageDescending = make_page("file_page_desc", "project = $4", Order::desc);
const Statement kPageOfPurposeAscending =
    make_page("file_page_purpose_asc", "project = $4 AND purpose = $5", Order::asc);
const Statement kPageOfPurposeDescending =
    make_page("file_page_purpose_desc", "project = $4 AND purpose = $5", Order::desc);
const Statement kHoldOverdue =
    make("file_hold_overdue",
         "SELECT {} FROM files WHERE deleted_at IS NULL AND expires_at IS NOT NULL"
         " AND expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED");
const Statement kForget{
    "file_forget",
    "DELETE FROM files WHERE seq IN (SELECT seq FROM files WHERE reaped AND deleted_at <= $1"
    " ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED)"};

Result<StoredFile> read(const Rows& rows) {
  StoredFile file;
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
  return file;
}

Result<std::optional<StoredFile>> read_one(Rows rows) {
  if (!rows.next()) return std::nullopt;
  return read(rows);
}

Result<std::vector<StoredFile>> read_all(Rows rows) {
  std::vector<StoredFile> files;
  while (rows.next()) {
    TRY(auto file, read(rows));
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

Result<std::uint64_t> insert(Transaction& tx, const StoredFile& file, const Manifest& manifest) {
  const auto packed = pack_manifest(manifest);
  TRY(auto rows, tx.query(kInsert, file.id.text, file.project.text, purpose_text(file.purpose),
                          as_bytes(file.filename), file.bytes, file.created_at, file.expires_at,
                          file.crc64, file.md5, Bytes(packed)));
  if (!rows.next()) return fail(ErrorCode::internal, "An insert returned no row.");
  return rows.size(0);
}

Result<std::optional<StoredFile>> adopt(Transaction& tx, StoredFile file, const BlobRef& blob,
                                        std::optional<std::chrono::seconds> ttl) {
  const auto packed = pack_manifest({blob});
  std::optional<std::int64_t> seconds;
  if (ttl) seconds = ttl->count();
  TRY(auto rows, tx.query(kAdopt, file.id.text, file.project.text, purpose_text(file.purpose),
                          as_bytes(file.filename), file.bytes, seconds, file.crc64, file.md5,
                          Bytes(packed), blob.key.bytes));
  if (!rows.next()) return std::nullopt;
  file.sequence = rows.size(0);
  file.created_at = rows.time(1);
  if (ttl) file.expires_at = file.created_at + *ttl;
  return file;
}

Result<std::optional<FileContent>> find(Transaction& tx, const OwnedFileId& id) {
  TRY(auto rows, tx.query(kFind, id.id.text, id.project.text));
  if (!rows.next()) return std::nullopt;
  TRY(auto file, read(rows));
  return FileContent{.file = std::move(file), .manifest = unpack_manifest(rows.bytes(kMore))};
}

Result<std::optional<StoredFile>> find_made(Transaction& tx, const OwnedFileId& id) {
  TRY(auto rows, tx.query(kFindMade, id.id.text, id.project.text));
  return read_one(std::move(rows));
}

Result<std::optional<StoredFile>> find_buried(Transaction& tx, const OwnedFileId& id) {
  TRY(auto rows, tx.query(kFindBuried, id.id.text, id.project.text));
  return read_one(std::move(rows));
}

Result<std::optional<FileRow>> hold(Transaction& tx, const OwnedFileId& id) {
  TRY(auto rows, tx.query(kHold, id.id.text, id.project.text));
  if (!rows.next()) return std::nullopt;
  TRY(auto file, read(rows));
  return FileRow{.file = std::move(file),
                 .manifest_length = rows.size(kManifestLength),
                 .now = rows.time(kMore)};
}

Result<std::vector<BlobKey>> keys(Transaction& tx, std::uint64_t seq, std::uint64_t first,
                                  std::uint32_t count) {
  TRY(auto rows, tx.query(kKeys, seq, first, count));
  std::vector<BlobKey> keys;
  if (!rows.next()) return keys;
  for (const BlobRef& blob : unpack_manifest(rows.bytes(0))) keys.push_back(blob.key);
  return keys;
}

Result<std::optional<FileId>> id_of(Transaction& tx, std::uint64_t seq) {
  TRY(auto rows, tx.query(kIdOf, seq));
  if (!rows.next()) return std::nullopt;
  return FileId{std::string(rows.text(0))};
}

void bury(Transaction& tx, std::uint64_t seq, Timestamp now, bool reaped) {
  tx.later(kBury, seq, now, reaped);
}

Result<StoredFile> mark_reaped(Transaction& tx, std::uint64_t seq) {
  TRY(auto rows, tx.query(kMarkReaped, seq));
  if (!rows.next()) return fail(ErrorCode::internal, "A reap job has no file.");
  return read(rows);
}

Result<std::optional<Position>> position(Transaction& tx, const ProjectId& project,
                                         std::string_view id) {
  if (!may_be_id(id)) return std::nullopt;
  TRY(auto rows, tx.query(kPosition, id, project.text, kTombstoneTtl.count()));
  if (!rows.next()) return std::nullopt;
  return Position{rows.integer(0), rows.integer(1)};
}

Result<std::vector<StoredFile>> page(Transaction& tx, const ProjectId& project,
                                     const PageRequest& request, Position after,
                                     std::uint32_t count) {
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

Result<std::vector<FileRow>> hold_overdue(Transaction& tx, Timestamp now, std::uint32_t rows_max) {
  TRY(auto rows, tx.query(kHoldOverdue, now, rows_max));
  std::vector<FileRow> files;
  while (rows.next()) {
    TRY(auto file, read(rows));
    files.push_back(
        {.file = std::move(file), .manifest_length = rows.size(kManifestLength), .now = now});
  }
  return files;
}

Result<std::uint32_t> forget(Transaction& tx, Timestamp deleted_until, std::uint32_t rows_max) {
  TRY(const auto forgotten, tx.write(kForget, deleted_until, rows_max));
  return static_cast<std::uint32_t>(forgotten);
}

}  // namespace partwise::postgres::file_rows
