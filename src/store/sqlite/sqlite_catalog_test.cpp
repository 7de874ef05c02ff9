#include "store/sqlite/sqlite_catalog.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "base/hash.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/statement.hpp"
#include "support/faulty_vfs.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_rows.hpp"

namespace partwise::test {

using namespace std::chrono_literals;

namespace {

// A store with one object of every kind.
class SqliteCatalogTest : public testing::Test {
 protected:
  SqliteCatalogTest() {
    vfs_.skip_syncs();
    SqliteOptions options{
        .path = path_, .core_limits = {}, .limits = {.reserve_bytes = 0}, .vfs = vfs_.name()};
    store_ = std::move(*SqliteStore::open(std::move(options), clock_, log_));
    rows_.emplace(*store_, *store_);
    pending_ = upload();
    part(pending_);
    const Upload cancelled = upload();
    part(cancelled);
    part(cancelled);
    rows_->cancel(cancelled);
    const Upload completed = upload();
    const Part used = part(completed);
    part(completed);
    rows_->complete(completed, {used});
    file();
    rows_->remove(file());
    rows_->intend();
    catalog_ = std::move(*SqliteCatalog::open(path_, vfs_.name()));
  }

  template <class T>
  T must(Task<Result<T>> task) {
    return std::move(run_task(loop_, std::move(task)).value());
  }
  void must(Task<Result<>> task) { EXPECT_TRUE(run_task(loop_, std::move(task))); }
  Upload upload(std::uint64_t bytes = 8) { return rows_->create_upload(bytes); }
  // Of 8 bytes that are not there, as nobody reads them.
  BlobRef blob() { return {.key = rows_->intend(), .bytes = 8, .crc64 = ++last_crc_}; }
  Part part(const Upload& of) { return rows_->add_part(of, blob()); }
  StoredFile file() { return rows_->create_file(blob()); }
  std::vector<std::string> contradictions() { return catalog_->contradictions().value(); }
  void damage(const std::string& path, const std::string& sql) {
    auto database = std::move(*sqlite::Database::open({.path = path, .vfs = vfs_.name()}));
    const auto done = database->execute(sql.c_str());
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
  }

  // Of a copy that `sql` was run on.
  std::unique_ptr<SqliteCatalog> damaged_copy(const std::string& sql) {
    copy_ = directory_ / (std::to_string(++last_copy_) + ".sqlite");
    damage(path_, "VACUUM INTO '" + copy_ + "'");
    damage(copy_, sql);
    return std::move(*SqliteCatalog::open(copy_, vfs_.name()));
  }
  // Every sentence about a counter or a charge.
  static std::vector<std::string> wrong_sums_of(SqliteCatalog& catalog) {
    std::vector<std::string> sentences;
    for (auto& counter : wrong_sums(catalog).value()) {
      sentences.push_back(std::move(counter.sentence));
    }
    return sentences;
  }
  // Everything but the sums, as text.
  std::string rows_of(const std::string& path) {
    auto database = std::move(*sqlite::Database::open({.path = path, .vfs = vfs_.name()}));
    std::string all;
    for (const char* sql : {"SELECT * FROM uploads", "SELECT * FROM parts", "SELECT * FROM files",
                            "SELECT * FROM intents", "SELECT * FROM reap_jobs"}) {
      sqlite::Statement statement(*database, sql);
      auto rows = statement.select();
      while (rows.next().value()) {
        for (int column = 0; column < 8; ++column) all += std::string(rows.text(column)) + "|";
        all += "\n";
      }
    }
    return all;
  }

  FaultyVfs vfs_{"catalog-test"};
  TemporaryDirectory directory_;
  std::string path_ = directory_ / "metadata.sqlite";
  ManualClock clock_;
  NullLog log_;
  boost::asio::io_context loop_;
  const ProjectId project_{"default"};
  std::uint64_t last_crc_ = 0;
  int last_copy_ = 0;
  std::string copy_;
  Upload pending_;
  std::unique_ptr<SqliteStore> store_;
  std::optional<TestRows> rows_;
  std::unique_ptr<SqliteCatalog> catalog_;
};

}  // namespace

TEST_F(SqliteCatalogTest, EveryBlobIsVisitedWithItsPlace) {
  const Part second = part(pending_);
  const Upload completed = upload(16);
  const Part tail = part(completed);
  const Part head = part(completed);
  rows_->complete(completed, {head, tail});
  std::vector<BlobPlace> of_parts;
  std::vector<BlobPlace> of_files;
  ASSERT_TRUE(catalog_->visit_blobs([&](const CatalogBlob& blob) {
    if (blob.owner == CatalogBlob::Owner::part) of_parts.push_back(blob.place);
    if (blob.owner == CatalogBlob::Owner::file) of_files.push_back(blob.place);
  }));
  EXPECT_EQ(of_parts, (std::vector<BlobPlace>{{.upload_id = pending_.id.text, .number = 1},
                                              {.upload_id = second.upload_id.text, .number = 2}}));
  const BlobPlace whole{.upload_id = {}, .number = 1, .count = 1, .offset = 0};
  EXPECT_EQ(of_files,
            (std::vector<BlobPlace>{whole,
                                    whole,
                                    {.upload_id = {}, .number = 1, .count = 2, .offset = 0},
                                    {.upload_id = {}, .number = 2, .count = 2, .offset = 8}}));
}

TEST_F(SqliteCatalogTest, EveryBlobIsVisitedOnceUnderItsOwner) {
  std::map<BlobKey, int> visits;
  std::map<CatalogBlob::Owner, int> owners;
  const auto visit = [&](const CatalogBlob& blob) {
    ++visits[blob.ref.key];
    ++owners[blob.owner];
    EXPECT_EQ(blob.ref.bytes, blob.owner == CatalogBlob::Owner::garbage ? 0U : 8U);
    EXPECT_EQ(blob.owner_id.empty(), blob.owner == CatalogBlob::Owner::garbage);
  };
  ASSERT_TRUE(catalog_->visit_blobs(visit));
  for (const auto& [key, count] : visits) EXPECT_EQ(count, 1) << key.text();
  EXPECT_EQ(owners[CatalogBlob::Owner::part], 1);
  EXPECT_EQ(owners[CatalogBlob::Owner::file], 2);
  // Two parts of the cancelled upload, one unused part, one deleted file, one intent.
  EXPECT_EQ(owners[CatalogBlob::Owner::garbage], 5);
}

TEST_F(SqliteCatalogTest, WhatIsSettledIsNotVisitedAgain) {
  auto batch = must(store_->claim_work({"run"}, 1, {}));
  must(store_->settle_work(std::move(batch.work)));
  int garbage = 0;
  ASSERT_TRUE(catalog_->visit_blobs([&](const CatalogBlob& blob) {
    garbage += blob.owner == CatalogBlob::Owner::garbage ? 1 : 0;
  }));
  EXPECT_EQ(garbage, 4);
  EXPECT_TRUE(contradictions().empty());
}

TEST_F(SqliteCatalogTest, ASoundStoreHasNoContradictionAndItsChargesAgree) {
  EXPECT_EQ(contradictions(), std::vector<std::string>());
  const auto charges = catalog_->charges().value();
  ASSERT_EQ(charges.size(), 1U);
  EXPECT_EQ(charges[0].recorded_bytes, 24);
  EXPECT_EQ(charges[0].actual_bytes, 24U);
}

TEST_F(SqliteCatalogTest, AWrongChargeIsShown) {
  damage(path_, "UPDATE projects SET stored_bytes = stored_bytes + 1");
  const auto charges = catalog_->charges().value();
  ASSERT_EQ(charges.size(), 1U);
  EXPECT_EQ(charges[0].recorded_bytes, 25);
  EXPECT_TRUE(charges[0].is_wrong());
}

TEST_F(SqliteCatalogTest, ALivingFileOwnsItsBlobsThoughItIsMarkedAsReaped) {
  damage(path_, "UPDATE files SET reaped = 1 WHERE deleted_at IS NULL");
  int files = 0;
  OwnerCursor cursor;
  while (!cursor.at_end()) {
    const auto page = must(store_->owners(cursor, 10));
    cursor = page.next;
    files += static_cast<int>(
        std::ranges::count(page.blobs, CatalogBlob::Owner::file, &CatalogBlob::owner));
  }
  EXPECT_EQ(files, 2);
}

TEST_F(SqliteCatalogTest, EachKindOfContradictionIsOneSentence) {
  const std::vector<std::pair<const char*, const char*>> damages{
      {"UPDATE uploads SET part_count = 7 WHERE status = 'pending'", "7 parts"},
      {"UPDATE uploads SET ended_at = 1 WHERE status = 'pending'", "data of an ended one"},
      {"UPDATE uploads SET ended_at = NULL WHERE status = 'cancelled'", "without a time"},
      {"UPDATE uploads SET request_sha256 = NULL WHERE status = 'completed'", "without its file"},
      {"DELETE FROM files WHERE deleted_at IS NULL;"
       " UPDATE uploads SET ended_at = unixepoch() WHERE status = 'completed'",
       "has no row"},
      {"UPDATE uploads SET reaped = 1 WHERE status = 'cancelled'", "reap job is left over"},
      {"DELETE FROM reap_jobs WHERE kind = 'part_rows'", "reap job is missing"},
      {"UPDATE reap_jobs SET settled = 1 WHERE kind = 'upload_parts'", "rows of parts left"},
      {"UPDATE parts SET upload_seq = 99 WHERE upload_seq = 1", "belongs to no upload"},
      {"DELETE FROM reap_jobs WHERE kind = 'file'", "is deleted, and its reap job is missing"},
      {"UPDATE files SET reaped = 1 WHERE deleted_at IS NULL", "living and marked as reaped"},
      {"UPDATE files SET bytes = 9 WHERE deleted_at IS NULL",
       "records 9 bytes; its manifest has 8"},
      {"UPDATE files SET crc64 = 1 WHERE deleted_at IS NULL", "CRC64"},
  };
  for (const auto& [sql, words] : damages) {
    const auto damaged = damaged_copy(sql);
    const std::string sentences =
        fmt::format("{}", fmt::join(damaged->contradictions().value(), " "));
    EXPECT_NE(sentences.find(words), std::string::npos) << words << " not in: " << sentences;
  }
}

TEST_F(SqliteCatalogTest, AWrongCounterIsOneSentenceAndNoContradiction) {
  const std::vector<std::pair<const char*, const char*>> damages{
      {"UPDATE usage SET count = count + 2 WHERE name = 'pending'",
       "The counter upload pending of project default differs from its rows by 2 (0 bytes, 0 "
       "stored bytes)."},
      {"UPDATE usage SET bytes = bytes - 1 WHERE kind = 'file'", "by 0 (-1 bytes, 0 stored"},
      {"UPDATE usage SET stored_bytes = 0 WHERE name = 'pending'", "-8 stored bytes"},
      {"DELETE FROM usage WHERE kind = 'reclaimable'", "The counter reclaimable of project"},
      {"INSERT INTO usage VALUES ('ghost', 'upload', 'expired', 1, 0, 0)", "of project ghost"},
  };
  EXPECT_EQ(wrong_sums_of(*catalog_), std::vector<std::string>());
  for (const auto& [sql, words] : damages) {
    const auto damaged = damaged_copy(sql);
    const auto wrong = damaged->wrong_counters().value();
    ASSERT_EQ(wrong.size(), 1U) << sql;
    EXPECT_NE(wrong[0].sentence.find(words), std::string::npos) << wrong[0].sentence;
    EXPECT_NE(wrong[0].sentence.find(wrong[0].project.text), std::string::npos);
    EXPECT_EQ(damaged->contradictions().value(), std::vector<std::string>());
  }
}

namespace {

constexpr const char* kAllSumsWrong =
    "UPDATE usage SET count = count + 2, bytes = bytes + 1, stored_bytes = stored_bytes + 3;"
    " DELETE FROM usage WHERE kind = 'reclaimable';"
    " INSERT INTO usage VALUES ('ghost', 'upload', 'expired', 1, 0, 0);"
    " UPDATE projects SET stored_bytes = stored_bytes + 1000;"
    " INSERT INTO projects (id, stored_bytes, quota_bytes) VALUES ('empty', 7, 100)";

}  // namespace

TEST_F(SqliteCatalogTest, MendedCountersAreThoseOfTheRowsWhichStayAsTheyWere) {
  const auto damaged = damaged_copy(kAllSumsWrong);
  const std::string rows = rows_of(copy_);
  EXPECT_GT(wrong_sums_of(*damaged).size(), 5U);
  ASSERT_TRUE(damaged->mend_counters());
  EXPECT_EQ(wrong_sums_of(*damaged), std::vector<std::string>());
  EXPECT_EQ(damaged->contradictions().value(), std::vector<std::string>());
  EXPECT_EQ(rows_of(copy_), rows);
}

TEST_F(SqliteCatalogTest, AServerCountsOnFromMendedCountersAndKnowsTheQuota) {
  const auto sound = must(store_->usage(project_));
  damaged_copy(std::string(kAllSumsWrong) + "; DELETE FROM projects WHERE id = 'default'")
      ->mend_counters()
      .value();
  SqliteOptions options{.path = copy_, .core_limits = {}, .limits = {}, .vfs = vfs_.name()};
  options.limits.reserve_bytes = 0;
  const auto server = std::move(*SqliteStore::open(std::move(options), clock_, log_));
  EXPECT_EQ(must(server->usage(project_)), sound);
  const std::uint64_t stored = sound.front().project.stored_bytes;
  EXPECT_TRUE(must(server->set_quotas(project_, {.bytes = stored + 1})).quotas.bytes);
  EXPECT_EQ(must(server->check_quota(project_, 1)), 1U);
  EXPECT_FALSE(run_task(loop_, server->check_quota(project_, 2)));
}

TEST_F(SqliteCatalogTest, CountersThatCannotBeMendedStayAsTheyWere) {
  const auto damaged = damaged_copy(kAllSumsWrong);
  const auto before = wrong_sums_of(*damaged);
  vfs_.set_capacity(vfs_.used());
  const auto mended = damaged->mend_counters();
  ASSERT_FALSE(mended);
  EXPECT_EQ(mended.error().code, ErrorCode::out_of_space);
  EXPECT_EQ(wrong_sums_of(*damaged), before);
}

// The log as a crash may leave it: cut anywhere.
TEST_F(SqliteCatalogTest, ACrashWhileCountersAreMendedLeavesAllOrNoneOfThemMended) {
  namespace files = std::filesystem;
  const auto damaged =
      damaged_copy(std::string(kAllSumsWrong) + "; PRAGMA wal_checkpoint(TRUNCATE)");
  const std::size_t wrong_before = wrong_sums_of(*damaged).size();
  const std::string log = copy_ + "-wal";
  ASSERT_EQ(files::file_size(log), 0U);
  ASSERT_TRUE(damaged->mend_counters());
  const auto log_bytes = files::file_size(log);
  ASSERT_GT(log_bytes, 2U * 4096) << "one page alone proves nothing";
  std::set<std::size_t> seen;
  for (std::uintmax_t cut = 0; cut < log_bytes + 1024; cut += 1024) {
    const std::string crashed = directory_ / ("crash-" + std::to_string(cut) + ".sqlite");
    files::copy_file(copy_, crashed);
    files::copy_file(log, crashed + "-wal");
    files::resize_file(crashed + "-wal", std::min(cut, log_bytes));
    const auto catalog = std::move(*SqliteCatalog::open(crashed, vfs_.name()));
    seen.insert(wrong_sums_of(*catalog).size());
  }
  EXPECT_EQ(seen, (std::set<std::size_t>{0, wrong_before}));
}

// Each page in turn. Without the first, the head of the file, and those of the schema there is no
// database.
TEST_F(SqliteCatalogTest, APageThatIsLostIsAContradictionAndTheRestIsRead) {
  namespace files = std::filesystem;
  constexpr std::uintmax_t kPageBytes = 4096;
  damage(path_, "PRAGMA wal_checkpoint(TRUNCATE)");
  const auto pages = files::file_size(path_) / kPageBytes;
  ASSERT_GT(pages, 10U);
  std::size_t blobs_max = 0;
  std::uintmax_t found = 0;
  std::uintmax_t without_schema = 0;
  for (std::uintmax_t page = 1; page < pages; ++page) {
    const std::string lost = directory_ / ("lost-" + std::to_string(page) + ".sqlite");
    files::copy_file(path_, lost);
    std::fstream file(lost, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(page * kPageBytes));
    file << std::string(kPageBytes, '\0');
    file.close();
    const auto catalog = SqliteCatalog::open(lost, vfs_.name());
    if (!catalog) {
      ++without_schema;
      continue;
    }
    const auto sentences = (*catalog)->contradictions();
    ASSERT_TRUE(sentences) << page << ": " << sentences.error().message;
    found += sentences->empty() ? 0 : 1;
    for (const std::string& sentence : *sentences) EXPECT_TRUE(sentence.ends_with('.')) << sentence;
    std::size_t blobs = 0;
    (void)(*catalog)->visit_blobs([&](const CatalogBlob&) { ++blobs; });  // As many as can be read.
    blobs_max = std::max(blobs_max, blobs);
  }
  EXPECT_GE(blobs_max, 8U);
  EXPECT_EQ(found, pages - 1 - without_schema);
  EXPECT_LT(without_schema, pages / 3);
}

}  // namespace partwise::test
