#include "seed/seeder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/hash.hpp"
#include "core/ids.hpp"
#include "seed/seeded_random.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::seed {

namespace {

using sqlite::Database;
using sqlite::Statement;

constexpr std::string_view kProject = "default";
constexpr std::chrono::seconds kPast = std::chrono::days(1);
// Far enough for a seeded directory to be kept for a while.
constexpr std::chrono::seconds kPendingTtl = std::chrono::days(30);
constexpr std::uint64_t kCacheBytes = 3 * kGiB;
constexpr std::uint64_t kPendingBytes = 8 * kGiB;

// One in ten is a batch, so that lists by purpose have something to skip.
std::string_view purpose_of(std::uint64_t number) {
  return number % 10 == 9 ? "batch" : "user_data";
}

// Takes `samples` of `total`, at even distances.
class Sampler {
 public:
  Sampler(std::uint64_t total, std::uint64_t samples)
      : step_(std::max<std::uint64_t>(1, total / std::max<std::uint64_t>(1, samples))),
        samples_(samples) {}

  void offer(std::uint64_t number, const std::string& id) {
    if (number % step_ == 0 && taken_.size() < samples_) taken_.push_back(id);
  }
  std::vector<std::string> take() { return std::move(taken_); }

 private:
  const std::uint64_t step_;
  const std::uint64_t samples_;
  std::vector<std::string> taken_;
};

struct SeededFile {
  std::string id;
  std::uint64_t seq = 0;
};

class Seeder {
 public:
  Seeder(Database& database, const SeedSettings& settings, std::uint64_t seed)
      : settings_(settings),
        random_(seed),
        finished_sampler_(settings.finished_uploads, settings.samples),
        file_sampler_(settings.files, settings.samples),
        pending_sampler_(settings.pending_uploads, settings.samples),
        insert_file_(database,
                     "INSERT INTO files (seq, id, project, purpose, filename, bytes, created_at,"
                     " crc64, manifest) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0, x'')"),
        insert_completed_(
            database,
            "INSERT INTO uploads (id, project, status, bytes, filename, purpose, mime_type,"
            " created_at, expires_at, ended_at, reaped, file_id, file_seq, file_crc64,"
            " request_sha256) VALUES (?1, ?2, 'completed', 0, ?3, ?4, 'application/octet-stream',"
            " ?5, ?6, ?5, 1, ?7, ?8, 0, ?9)"),
        insert_cancelled_(
            database,
            "INSERT INTO uploads (id, project, status, bytes, filename, purpose, mime_type,"
            " created_at, expires_at, ended_at, reaped) VALUES (?1, ?2, 'cancelled', 0, ?3, ?4,"
            " 'application/octet-stream', ?5, ?6, ?5, 1)"),
        insert_pending_(
            database,
            "INSERT INTO uploads (id, project, status, bytes, filename, purpose, mime_type,"
            " created_at, expires_at) VALUES (?1, ?2, 'pending', ?3, ?4, ?5,"
            " 'application/octet-stream', ?6, ?7)") {}

  Result<> insert_rows(std::uint64_t first_file_seq) {
    const std::uint64_t ended = std::max(settings_.finished_uploads, settings_.files);
    for (std::uint64_t i = 0; i < ended; ++i) {
      const Timestamp created = time_of(i, ended);
      std::optional<SeededFile> file;
      if (i < settings_.files) {
        TRY(file, insert_file(i, first_file_seq + i, created));
      }
      if (i < settings_.finished_uploads) CHECK(insert_finished(i, created, file));
    }
    for (std::uint64_t i = 0; i < settings_.pending_uploads; ++i) {
      CHECK(insert_pending(i, time_of(i, settings_.pending_uploads)));
    }
    return {};
  }

  SeededIds take_ids() {
    return {.finished_uploads = finished_sampler_.take(),
            .files = file_sampler_.take(),
            .pending_uploads = pending_sampler_.take()};
  }

 private:
  [[nodiscard]] Timestamp time_of(std::uint64_t number, std::uint64_t total) const {
    const auto past = static_cast<std::uint64_t>(kPast.count());
    return settings_.now - kPast + std::chrono::seconds(past * number / total);
  }

  [[nodiscard]] Result<SeededFile> insert_file(std::uint64_t number, std::uint64_t seq,
                                               Timestamp created) {
    SeededFile file{.id = FileId::generate(random_).text, .seq = seq};
    CHECK(insert_file_.run(file.seq, file.id, kProject, purpose_of(number), name_of(number),
                           created));
    file_sampler_.offer(number, file.id);
    return file;
  }

  [[nodiscard]] Result<> insert_finished(std::uint64_t number, Timestamp created,
                                         const std::optional<SeededFile>& file) {
    const std::string id = UploadId::generate(random_, created).text;
    finished_sampler_.offer(number, id);
    if (!file) {
      return insert_cancelled_.run(id, kProject, name_of(number), purpose_of(number), created,
                                   created + kPendingTtl);
    }
    return insert_completed_.run(id, kProject, name_of(number), purpose_of(number), created,
                                 created + kPendingTtl, file->id, file->seq, request_sha256_);
  }

  [[nodiscard]] Result<> insert_pending(std::uint64_t number, Timestamp created) {
    const std::string id = UploadId::generate(random_, created).text;
    pending_sampler_.offer(number, id);
    return insert_pending_.run(id, kProject, kPendingBytes, name_of(number), purpose_of(number),
                               created, settings_.now + kPendingTtl);
  }

  [[nodiscard]] static std::string name_of(std::uint64_t number) {
    return fmt::format("seeded-{:08}.bin", number);
  }

  // Constant after construction.
  const SeedSettings settings_;
  const Sha256Digest request_sha256_ = sha256({});  // Of a complete without parts.
  SeededRandom random_;
  Sampler finished_sampler_;
  Sampler file_sampler_;
  Sampler pending_sampler_;
  Statement insert_file_;
  Statement insert_completed_;
  Statement insert_cancelled_;
  Statement insert_pending_;
};

Result<std::uint64_t> next_seq(Database& database, std::string_view table) {
  Statement statement(database, fmt::format("SELECT ifnull(max(seq), 0) + 1 FROM {}", table));
  auto rows = statement.select();
  TRY(const bool found, rows.next());
  return found ? rows.size(0) : 1;
}

// The statements that make the indexes again, which are dropped.
Result<std::vector<std::string>> drop_indexes(Database& database) {
  std::vector<std::string> statements;
  std::string drop;
  {
    Statement statement(database,
                        "SELECT name, sql FROM sqlite_schema WHERE type = 'index'"
                        " AND tbl_name IN ('uploads', 'files') AND sql IS NOT NULL");
    auto rows = statement.select();
    while (true) {
      TRY(const bool found, rows.next());
      if (!found) break;
      drop += fmt::format("DROP INDEX {};", rows.text(0));
      statements.emplace_back(rows.text(1));
    }
  }
  CHECK(database.execute(drop.c_str()));
  return statements;
}

// As the third migration filled them from the rows that were there.
Result<> count_usage(Database& database) {
  return database.execute(
      "INSERT OR IGNORE INTO projects (id) VALUES ('default');"
      "DELETE FROM usage WHERE kind <> 'reclaimable';"
      "INSERT INTO usage (project, kind, name, count, bytes, stored_bytes)"
      " SELECT project, 'upload', status, count(*), sum(bytes),"
      "        sum(iif(status = 'pending', stored_bytes, 0))"
      "   FROM uploads WHERE forgotten = 0 GROUP BY project, status;"
      "INSERT INTO usage (project, kind, name, count, bytes, stored_bytes)"
      " SELECT project, 'file', purpose, count(*), sum(bytes), 0"
      "   FROM files WHERE deleted_at IS NULL GROUP BY project, purpose;");
}

// An interrupted seeding is worth nothing, so nothing is paid for surviving one.
Result<> give_up_safety(Database& database) {
  // While a log lies there, it is used, whatever the journal's mode.
  int persist = 0;
  (void)sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  CHECK(database.execute(fmt::format("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF;"
                                     "PRAGMA threads=2; PRAGMA cache_size=-{};",
                                     kCacheBytes / kKiB)
                             .c_str()));
  Statement statement(database, "PRAGMA journal_mode=MEMORY");
  auto rows = statement.select();
  TRY(const bool found, rows.next());
  if (!found || rows.text(0) != "memory") {
    return fail(ErrorCode::overloaded, "Somebody else has the metadata open.");
  }
  return {};
}

}  // namespace

Result<SeededIds> seed(Database& database, const SeedSettings& settings) {
  CHECK(give_up_safety(database));
  CHECK(database.execute("BEGIN"));
  TRY(const auto first_file_seq, next_seq(database, "files"));
  TRY(const auto statements, drop_indexes(database));
  SeededIds ids;
  {
    Seeder seeder(database, settings, first_file_seq);
    CHECK(seeder.insert_rows(first_file_seq));
    ids = seeder.take_ids();
  }
  for (const std::string& statement : statements) CHECK(database.execute(statement.c_str()));
  CHECK(count_usage(database));
  CHECK(database.execute("COMMIT; PRAGMA journal_mode=WAL;"));
  return ids;
}

}  // namespace partwise::seed
