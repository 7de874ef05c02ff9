#include "store/sqlite/sqlite_catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "core/manifest_codec.hpp"
#include "core/transitions.hpp"
#include "store/sqlite/counter_sums.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise {

using sqlite::Database;
using sqlite::Rows;
using sqlite::Statement;

namespace {

using Visit = std::function<void(const CatalogBlob&)>;

// Of SQLite's machine: less than a millisecond.
constexpr int kStepsBetweenQuestions = 10'000;

constexpr const char* kPartsOfPendingUploads =
    "SELECT parts.id, parts.key, parts.bytes, parts.crc64, uploads.id, parts.seq FROM parts"
    " JOIN uploads ON uploads.seq = parts.upload_seq WHERE uploads.status = 'pending'";
constexpr const char* kLivingFiles = "SELECT id, manifest FROM files WHERE deleted_at IS NULL";
constexpr const char* kIntents = "SELECT key FROM intents";
constexpr const char* kRowsToReap =
    "SELECT parts.key FROM reap_jobs JOIN parts ON parts.upload_seq = reap_jobs.owner_seq"
    " WHERE reap_jobs.kind = 'upload_parts'";
constexpr const char* kKeysToReap =
    "SELECT substr(keys, 1 + 16 * settled) FROM reap_jobs WHERE kind = 'part_rows'";
constexpr const char* kManifestsToReap =
    "SELECT substr(files.manifest, 1 + 32 * reap_jobs.settled) FROM reap_jobs"
    " JOIN files ON files.seq = reap_jobs.owner_seq WHERE reap_jobs.kind = 'file'";

// Each gives one sentence a row.
constexpr std::array kContradictions{
    "SELECT 'Upload ' || id || ' is pending and records ' || part_count || ' parts of ' || "
    "stored_bytes"
    " || ' bytes; its rows are ' || n || ' of ' || b || '.' FROM (SELECT uploads.id AS id, "
    "part_count,"
    " stored_bytes, count(parts.id) AS n, ifnull(sum(parts.bytes), 0) AS b FROM uploads"
    " LEFT JOIN parts ON parts.upload_seq = uploads.seq WHERE status = 'pending' GROUP BY "
    "uploads.seq)"
    " WHERE n <> part_count OR b <> stored_bytes",
    "SELECT 'Upload ' || id || ' is pending and has data of an ended one.' FROM uploads"
    " WHERE status = 'pending' AND (ended_at IS NOT NULL OR reaped <> 0 OR file_id IS NOT NULL)",
    "SELECT 'Upload ' || id || ' has ended without a time.' FROM uploads"
    " WHERE status <> 'pending' AND ended_at IS NULL",
    "SELECT 'Upload ' || id || ' is completed without its file.' FROM uploads WHERE status = "
    "'completed'"
    " AND (file_id IS NULL OR file_seq IS NULL OR file_crc64 IS NULL OR request_sha256 IS NULL)",
    // Its file stays as a row at least as long as the upload: living, or as a tombstone.
    "SELECT 'Upload ' || id || ' is completed, and its file ' || file_id || ' has no row.' FROM "
    "uploads"
    " WHERE status = 'completed' AND file_id IS NOT NULL AND ended_at > unixepoch() - 30 * 86400"
    " AND NOT EXISTS (SELECT 1 FROM files WHERE files.id = uploads.file_id)",
    "SELECT 'Upload ' || id || ' has ended, and its ' || (CASE reaped WHEN 0 THEN 'reap job is "
    "missing.'"
    " ELSE 'reap job is left over.' END) FROM uploads WHERE status <> 'pending' AND reaped = EXISTS"
    " (SELECT 1 FROM reap_jobs WHERE kind <> 'file' AND owner_seq = uploads.seq)",
    "SELECT 'Reap job ' || seq || ' has ' || n || ' rows of parts left; it should have '"
    " || (part_count + k - max(settled, k)) || '.' FROM (SELECT reap_jobs.seq AS seq, part_count, "
    "settled,"
    " length(keys) / 16 AS k, count(parts.id) AS n FROM reap_jobs LEFT JOIN parts"
    " ON parts.upload_seq = reap_jobs.owner_seq WHERE kind <> 'file' GROUP BY reap_jobs.seq)"
    " WHERE n <> part_count + k - max(settled, k)",
    "SELECT 'Part ' || parts.id || ' belongs to no upload.' FROM parts LEFT JOIN uploads"
    " ON uploads.seq = parts.upload_seq WHERE uploads.seq IS NULL OR uploads.reaped = 1",
    "SELECT 'File ' || id || ' is deleted, and its ' || (CASE reaped WHEN 0 THEN 'reap job is "
    "missing.'"
    " ELSE 'reap job is left over.' END) FROM files WHERE deleted_at IS NOT NULL AND reaped = "
    "EXISTS"
    " (SELECT 1 FROM reap_jobs WHERE kind = 'file' AND owner_seq = files.seq)",
    "SELECT 'File ' || id || ' is living and marked as reaped.' FROM files"
    " WHERE deleted_at IS NULL AND reaped <> 0",
};

CatalogBlob garbage(const BlobKey& key) {
  return {.ref = {.key = key}, .owner = CatalogBlob::Owner::garbage, .owner_id = {}};
}

Result<> visit_parts(Database& database, const Visit& visit) {
  Statement statement(database, kPartsOfPendingUploads);
  auto rows = statement.select();
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return {};
    CatalogBlob blob{.ref = {},
                     .owner = CatalogBlob::Owner::part,
                     .owner_id = std::string(rows.text(0)),
                     .place = {.upload_id = std::string(rows.text(4)), .number = rows.size(5)}};
    blob.ref.key.bytes = rows.fixed_bytes<16>(1).value_or(BlobKey{}.bytes);
    blob.ref.bytes = rows.size(2);
    blob.ref.crc64 = rows.size(3);
    visit(blob);
  }
}

Result<> visit_files(Database& database, const Visit& visit) {
  Statement statement(database, kLivingFiles);
  auto rows = statement.select();
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return {};
    const std::string id(rows.text(0));
    for (const CatalogBlob& blob : blobs_of_file(id, unpack_manifest(rows.bytes(1)))) {
      visit(blob);
    }
  }
}

enum class Packing { keys, manifest };

Result<> visit_garbage(Database& database, const char* sql, Packing packing, const Visit& visit) {
  Statement statement(database, sql);
  auto rows = statement.select();
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return {};
    if (packing == Packing::keys) {
      for (const BlobKey& key : unpack_keys(rows.bytes(0))) visit(garbage(key));
    } else {
      for (const BlobRef& ref : unpack_manifest(rows.bytes(0))) visit(garbage(ref.key));
    }
  }
}

Result<> collect(Database& database, const char* sql, std::vector<std::string>& sentences) {
  Statement statement(database, sql);
  auto rows = statement.select();
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return {};
    sentences.emplace_back(rows.text(0));
  }
}

// A table that is gone, or a sum that overflows, is damage as much as a page that cannot be read.
bool is_damage(const Error& error) {
  return error.code == ErrorCode::io_failure || error.code == ErrorCode::internal;
}

// What SQLite says of the file: one sentence for each line of it.
Result<std::vector<std::string>> damages(Database& database) {
  std::vector<std::string> found;
  const auto checked = collect(database, "PRAGMA integrity_check", found);
  if (!checked && !is_damage(checked.error())) return fail(checked.error());
  if (!checked) found.push_back(checked.error().message);
  std::vector<std::string> sentences;
  for (const std::string& text : found) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const bool says_nothing = line.empty() || line == "ok" || line.starts_with("***");
      if (says_nothing) continue;
      if (line.back() != '.') line += '.';
      sentences.push_back("The database is damaged: " + line);
    }
  }
  return sentences;
}

Result<> check_files(Database& database, std::vector<std::string>& sentences) {
  Statement statement(database,
                      "SELECT id, bytes, crc64, manifest FROM files WHERE deleted_at IS NULL");
  auto rows = statement.select();
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return {};
    const Manifest manifest = unpack_manifest(rows.bytes(3));
    std::uint64_t bytes = 0;
    for (const BlobRef& blob : manifest) bytes += blob.bytes;
    if (bytes != rows.size(1)) {
      sentences.push_back(fmt::format("File {} records {} bytes; its manifest has {}.",
                                      rows.text(0), rows.size(1), bytes));
    }
    if (crc64_of(manifest) != rows.size(2)) {
      sentences.push_back(
          fmt::format("The CRC64 of file {} is not that of its manifest.", rows.text(0)));
    }
  }
}

}  // namespace

SqliteCatalog::SqliteCatalog(std::unique_ptr<Database> database, std::string path, std::string vfs)
    : path_(std::move(path)), vfs_(std::move(vfs)), database_(std::move(database)) {}

SqliteCatalog::~SqliteCatalog() = default;

Result<std::unique_ptr<SqliteCatalog>> SqliteCatalog::open(const std::string& path,
                                                           const std::string& vfs) {
  TRY(auto database, Database::open({.path = path, .read_only = true, .vfs = vfs}));
  CHECK(sqlite::require_newest(*database));
  return std::unique_ptr<SqliteCatalog>(new SqliteCatalog(std::move(database), path, vfs));
}

void SqliteCatalog::end_where(std::function<bool()> is_stopped) {
  is_stopped_ = std::move(is_stopped);
  sqlite3_progress_handler(
      database_->handle(), kStepsBetweenQuestions,
      [](void* asked) { return (*static_cast<std::function<bool()>*>(asked))() ? 1 : 0; },
      &is_stopped_);
}

Result<> SqliteCatalog::visit_blobs(const Visit& visit) {
  // All of them: what is damaged of one table says nothing of the next.
  std::array tables{visit_parts(*database_, visit),
                    visit_files(*database_, visit),
                    visit_garbage(*database_, kIntents, Packing::keys, visit),
                    visit_garbage(*database_, kRowsToReap, Packing::keys, visit),
                    visit_garbage(*database_, kKeysToReap, Packing::keys, visit),
                    visit_garbage(*database_, kManifestsToReap, Packing::manifest, visit)};
  for (Result<>& table : tables) CHECK(std::move(table));
  return {};
}

Result<std::vector<CatalogCharge>> SqliteCatalog::charges() { return sqlite::charges(*database_); }

Result<std::vector<WrongCounter>> SqliteCatalog::wrong_counters() {
  return sqlite::wrong_usage(*database_);
}

Result<> SqliteCatalog::mend_counters() {
  TRY(const auto writable, Database::open({.path = path_, .vfs = vfs_}));
  writable->keep_log_on_close();  // As whoever wrote it left it.
  return sqlite::mend_counters(*writable);
}

Result<std::vector<std::string>> SqliteCatalog::contradictions() {
  TRY(std::vector<std::string> sentences, damages(*database_));
  const auto note = [&](const Result<>& read) -> Result<> {
    if (read) return {};
    if (!is_damage(read.error())) return read;
    std::string sentence = "Rows cannot be compared: " + read.error().message;
    // One place that is damaged ends many comparisons.
    if (std::ranges::find(sentences, sentence) == sentences.end()) {
      sentences.push_back(std::move(sentence));
    }
    return {};
  };
  for (const char* sql : kContradictions) CHECK(note(collect(*database_, sql, sentences)));
  CHECK(note(check_files(*database_, sentences)));
  return sentences;
}

}  // namespace partwise
