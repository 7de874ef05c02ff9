#include "store/postgres/postgres_catalog.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/manifest_codec.hpp"
#include "core/transitions.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/counter_sums.hpp"
#include "store/postgres/migrations.hpp"

namespace partwise {

using postgres::Connection;
using postgres::Rows;
using postgres::Statement;

namespace {

using Visit = std::function<void(const CatalogBlob&)>;

// Rows that are in memory at once.
constexpr std::int64_t kRowsPerPage = 10'000;

// Each reads its table in the order of a number that it selects first: those after $1, at most $2.
const Statement kParts{
    "check_parts",
    "SELECT parts.upload_seq, parts.created_at, parts.seq, parts.id, parts.key, parts.bytes,"
    " parts.crc64, uploads.id FROM parts JOIN uploads ON uploads.seq = parts.upload_seq"
    " WHERE uploads.status = 'pending'"
    " AND (parts.upload_seq, parts.created_at, parts.seq) > ($1, $2, $3)"
    " ORDER BY parts.upload_seq, parts.created_at, parts.seq LIMIT $4"};
const Statement kFiles{"check_files",
                       "SELECT seq, id, manifest, bytes, crc64 FROM files"
                       " WHERE deleted_at IS NULL AND seq > $1 ORDER BY seq LIMIT $2"};
const Statement kIntents{"check_intents",
                         "SELECT seq, key FROM intents WHERE seq > $1 ORDER BY seq LIMIT $2"};
const Statement kRowsToReap{
    "check_rows_to_reap",
    "SELECT parts.upload_seq, parts.created_at, parts.seq, parts.key FROM reap_jobs"
    " JOIN parts ON parts.upload_seq = reap_jobs.owner_seq WHERE reap_jobs.kind = 'upload_parts'"
    " AND (parts.upload_seq, parts.created_at, parts.seq) > ($1, $2, $3)"
    " ORDER BY parts.upload_seq, parts.created_at, parts.seq LIMIT $4"};
const Statement kKeysToReap{
    "check_keys_to_reap",
    "SELECT seq, substring(keys FROM (1 + 16 * settled)::integer) FROM reap_jobs"
    " WHERE kind = 'part_rows' AND seq > $1 ORDER BY seq LIMIT $2"};
const Statement kManifestsToReap{
    "check_manifests_to_reap",
    "SELECT reap_jobs.seq, substring(files.manifest FROM (1 + 32 * reap_jobs.settled)::integer)"
    " FROM reap_jobs JOIN files ON files.seq = reap_jobs.owner_seq WHERE reap_jobs.kind = 'file'"
    " AND reap_jobs.seq > $1 ORDER BY reap_jobs.seq LIMIT $2"};

// Each gives one sentence a row.
constexpr std::array kContradictions{
    "SELECT 'Upload ' || id || ' is pending and records ' || part_count || ' parts of '"
    " || stored_bytes || ' bytes; its rows are ' || n || ' of ' || b || '.' FROM"
    " (SELECT uploads.id AS id, part_count, stored_bytes, count(parts.id) AS n,"
    " coalesce(sum(parts.bytes), 0) AS b FROM uploads LEFT JOIN parts"
    " ON parts.upload_seq = uploads.seq WHERE status = 'pending'"
    " GROUP BY uploads.seq, uploads.id, part_count, stored_bytes) AS counted"
    " WHERE n <> part_count OR b <> stored_bytes",
    "SELECT 'Upload ' || id || ' is pending and has data of an ended one.' FROM uploads"
    " WHERE status = 'pending' AND (ended_at IS NOT NULL OR reaped OR file_id IS NOT NULL)",
    "SELECT 'Upload ' || id || ' has ended without a time.' FROM uploads"
    " WHERE status <> 'pending' AND ended_at IS NULL",
    "SELECT 'Upload ' || id || ' is completed without its file.' FROM uploads"
    " WHERE status = 'completed' AND (file_id IS NULL OR file_seq IS NULL OR file_crc64 IS NULL"
    " OR request_sha256 IS NULL)",
    // Its file stays as a row at least as long as the upload: living, or as a tombstone.
    "SELECT 'Upload ' || id || ' is completed, and its file ' || file_id || ' has no row.'"
    " FROM uploads WHERE status = 'completed' AND file_id IS NOT NULL"
    " AND ended_at > partwise_moment() - 30 * 86400"
    " AND NOT EXISTS (SELECT 1 FROM files WHERE files.id = uploads.file_id)",
    "SELECT 'Upload ' || id || ' has ended, and its ' || CASE WHEN reaped"
    " THEN 'reap job is left over.' ELSE 'reap job is missing.' END FROM uploads"
    " WHERE status <> 'pending' AND reaped = EXISTS (SELECT 1 FROM reap_jobs"
    " WHERE kind IN ('upload_parts', 'part_rows') AND owner_seq = uploads.seq)",
    "SELECT 'Reap job ' || seq || ' has ' || n || ' rows of parts left; it should have '"
    " || (part_count + k - greatest(settled, k)) || '.' FROM (SELECT reap_jobs.seq AS seq,"
    " part_count, settled, octet_length(keys) / 16 AS k, count(parts.id) AS n FROM reap_jobs"
    " LEFT JOIN parts ON parts.upload_seq = reap_jobs.owner_seq"
    " WHERE kind IN ('upload_parts', 'part_rows') GROUP BY reap_jobs.seq) AS counted"
    " WHERE n <> part_count + k - greatest(settled, k)",
    "SELECT 'Reap job ' || seq || ' has ' || n || ' intents left; it should have '"
    " || (part_count - settled) || '.' FROM (SELECT reap_jobs.seq AS seq, part_count, settled,"
    " count(intents.seq) AS n FROM reap_jobs LEFT JOIN intents ON intents.job = reap_jobs.seq"
    " WHERE kind = 'intents' GROUP BY reap_jobs.seq) AS counted WHERE n <> part_count - settled",
    "SELECT 'The intent of blob ' || encode(key, 'hex') || ' belongs to no reap job.' FROM intents"
    " WHERE job IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM reap_jobs WHERE reap_jobs.seq = intents.job)",
    "SELECT 'Part ' || parts.id || ' belongs to no upload.' FROM parts LEFT JOIN uploads"
    " ON uploads.seq = parts.upload_seq WHERE uploads.seq IS NULL OR uploads.reaped",
    "SELECT 'File ' || id || ' is deleted, and its ' || CASE WHEN reaped"
    " THEN 'reap job is left over.' ELSE 'reap job is missing.' END FROM files"
    " WHERE deleted_at IS NOT NULL AND reaped = EXISTS"
    " (SELECT 1 FROM reap_jobs WHERE kind = 'file' AND owner_seq = files.seq)",
    "SELECT 'File ' || id || ' is living and marked as reaped.' FROM files"
    " WHERE deleted_at IS NULL AND reaped",
};

CatalogBlob garbage(const BlobKey& key) {
  return {.ref = {.key = key}, .owner = CatalogBlob::Owner::garbage, .owner_id = {}};
}

BlobKey read_key(const Rows& rows, int column) {
  return {rows.fixed_bytes<16>(column).value_or(BlobKey{}.bytes)};
}

// Walks in pages. `place` is the number, or the three, that `statement` selects first.
template <std::size_t N, class Read>
Result<> walk(Connection& connection, const Statement& statement, Read read) {
  std::array<std::int64_t, N> place;
  place.fill(std::numeric_limits<std::int64_t>::min());
  while (true) {
    if constexpr (N == 1) {
      connection.send(statement, postgres::Params(place[0], kRowsPerPage));
    } else {
      connection.send(statement, postgres::Params(place[0], place[1], place[2], kRowsPerPage));
    }
    TRY(auto answers, connection.exchange());
    Rows& rows = answers.back();
    while (rows.next()) {
      for (std::size_t i = 0; i < N; ++i) place[i] = rows.integer(static_cast<int>(i));
      read(rows);
    }
    if (rows.length() < kRowsPerPage) return {};
  }
}

Result<> walk_all(Connection& connection, const Visit& visit) {
  const auto visit_part = [&](const Rows& rows) {
    visit({.ref = {.key = read_key(rows, 4), .bytes = rows.size(5), .crc64 = rows.size(6)},
           .owner = CatalogBlob::Owner::part,
           .owner_id = std::string(rows.text(3)),
           .place = {.upload_id = std::string(rows.text(7)), .number = rows.size(2)}});
  };
  const auto visit_file = [&](const Rows& rows) {
    const auto manifest = unpack_manifest(rows.bytes(2));
    for (const CatalogBlob& blob : blobs_of_file(std::string(rows.text(1)), manifest)) visit(blob);
  };
  const auto visit_keys = [&](const Rows& rows) {
    for (const BlobKey& key : unpack_keys(rows.bytes(1))) visit(garbage(key));
  };
  const auto visit_manifest = [&](const Rows& rows) {
    for (const BlobRef& ref : unpack_manifest(rows.bytes(1))) visit(garbage(ref.key));
  };
  CHECK(walk<3>(connection, kParts, visit_part));
  CHECK(walk<1>(connection, kFiles, visit_file));
  CHECK(walk<1>(connection, kIntents, visit_keys));
  CHECK(walk<3>(connection, kRowsToReap,
                [&](const Rows& rows) { visit(garbage(read_key(rows, 3))); }));
  CHECK(walk<1>(connection, kKeysToReap, visit_keys));
  return walk<1>(connection, kManifestsToReap, visit_manifest);
}

Result<std::vector<std::string>> find_contradictions(Connection& connection) {
  std::vector<std::string> sentences;
  for (const char* sql : kContradictions) {
    connection.send(sql);
    TRY(auto answers, connection.exchange());
    for (Rows& rows = answers.back(); rows.next();) sentences.emplace_back(rows.text(0));
  }
  const auto check_file = [&](const Rows& rows) {
    const Manifest manifest = unpack_manifest(rows.bytes(2));
    std::uint64_t bytes = 0;
    for (const BlobRef& blob : manifest) bytes += blob.bytes;
    if (bytes != rows.size(3)) {
      sentences.push_back(fmt::format("File {} records {} bytes; its manifest has {}.",
                                      rows.text(1), rows.size(3), bytes));
    }
    if (crc64_of(manifest) != rows.size(4)) {
      sentences.push_back(
          fmt::format("The CRC64 of file {} is not that of its manifest.", rows.text(1)));
    }
  };
  CHECK(walk<1>(connection, kFiles, check_file));
  return sentences;
}

// All that `read` sees is as of one moment.
template <class T, class Read>
Result<T> in_one_moment(Connection& connection, Read read) {
  connection.send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  // A check of everything takes its time.
  connection.send("SET LOCAL statement_timeout = 0");
  // Contents are read between two statements.
  connection.send("SET LOCAL idle_in_transaction_session_timeout = 0");
  CHECK(connection.exchange());
  auto result = read();
  if (connection.is_usable()) {
    connection.send("ROLLBACK");
    (void)connection.exchange();  // It only read.
  }
  return result;
}

}  // namespace

struct PostgresCatalog::Foundation {
  std::unique_ptr<const postgres::LibPq> pq;
  postgres::Location location;
};

PostgresCatalog::PostgresCatalog(std::unique_ptr<Foundation> foundation,
                                 std::unique_ptr<Connection> connection, std::string store_id,
                                 std::optional<std::string> blobs_id)
    : foundation_(std::move(foundation)),
      connection_(std::move(connection)),
      store_id_(std::move(store_id)),
      blobs_id_(std::move(blobs_id)) {}

PostgresCatalog::~PostgresCatalog() = default;

Result<std::unique_ptr<PostgresCatalog>> PostgresCatalog::open(const std::string& url, bool alone) {
  auto foundation = std::make_unique<Foundation>();
  TRY(foundation->pq, postgres::LibPq::load());
  TRY(foundation->location, postgres::Location::parse(*foundation->pq, url));
  PostgresLimits patient;
  patient.answer_timeout = std::chrono::hours{1};  // It reads whole tables.
  TRY(auto connection, Connection::open(*foundation->pq, foundation->location, patient));
  CHECK(postgres::require_newest(*connection));
  TRY(const bool is_had, alone ? postgres::be_alone(*connection) : Result<bool>(true));
  if (!is_had) {
    return fail(ErrorCode::overloaded,
                fmt::format("A server runs on {}.", foundation->location.shown));
  }
  TRY(auto name, postgres::store_name(*connection));
  return std::unique_ptr<PostgresCatalog>(new PostgresCatalog(
      std::move(foundation), std::move(connection), std::move(name.id), std::move(name.blobs_id)));
}

const std::string& PostgresCatalog::shown() const { return foundation_->location.shown; }

Result<> PostgresCatalog::visit_blobs(const Visit& visit) {
  return in_one_moment<void>(*connection_, [&] { return walk_all(*connection_, visit); });
}

Result<std::vector<CatalogCharge>> PostgresCatalog::charges() {
  return in_one_moment<std::vector<CatalogCharge>>(*connection_,
                                                   [&] { return postgres::charges(*connection_); });
}

Result<std::vector<WrongCounter>> PostgresCatalog::wrong_counters() {
  return in_one_moment<std::vector<WrongCounter>>(
      *connection_, [&] { return postgres::wrong_usage(*connection_); });
}

Result<> PostgresCatalog::mend_counters() { return postgres::mend_counters(*connection_); }

Result<std::vector<std::string>> PostgresCatalog::contradictions() {
  return in_one_moment<std::vector<std::string>>(*connection_,
                                                 [&] { return find_contradictions(*connection_); });
}

}  // namespace partwise
