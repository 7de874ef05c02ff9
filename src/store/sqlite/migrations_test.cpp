#include "store/sqlite/migrations.hpp"

#include <gtest/gtest.h>

#include "store/sqlite/migrations/0001.hpp"
#include "store/sqlite/migrations/0002.hpp"
#include "store/sqlite/sqlite_catalog.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

namespace {

// Of every kind of row that is counted: two pending uploads, one completed that still has rows to
// be removed, one cancelled and one forgotten, a living and a deleted file, a key.
constexpr const char* kRowsOfVersion2 = R"sql(
INSERT INTO projects (id, stored_bytes) VALUES ('a', 20), ('b', 0);
INSERT INTO uploads (id, project, status, bytes, filename, purpose, mime_type, created_at,
                     expires_at, part_count, stored_bytes, ended_at, reaped, forgotten, file_id,
                     file_seq, file_crc64, request_sha256) VALUES
  ('upload_1', 'a', 'pending', 7, 'f', 'batch', '', 50, 9e9, 0, 0, NULL, 0, 0,
   NULL, NULL, NULL, NULL),
  ('upload_2', 'b', 'pending', 3, 'f', 'batch', '', 40, 9e9, 0, 0, NULL, 0, 0,
   NULL, NULL, NULL, NULL),
  ('upload_3', 'a', 'completed', 20, 'f', 'batch', '', 30, 9e9, 1, 25, 60, 0, 0, 'file-1', 1, 0,
   zeroblob(32)),
  ('upload_4', 'a', 'cancelled', 9, 'f', 'batch', '', 20, 9e9, 0, 0, 70, 1, 0,
   NULL, NULL, NULL, NULL),
  ('upload_5', 'a', 'cancelled', 9, 'f', 'batch', '', 10, 9e9, 0, 0, 70, 1, 1,
   NULL, NULL, NULL, NULL);
INSERT INTO parts (upload_seq, created_at, seq, id, key, bytes, crc64)
  VALUES (3, 30, 1, 'part_1', zeroblob(16), 25, 0);
INSERT INTO reap_jobs (kind, owner_seq, part_count) VALUES ('part_rows', 3, 1), ('file', 2, 1);
INSERT INTO files (id, project, purpose, filename, bytes, created_at, crc64, deleted_at, manifest)
  VALUES ('file-1', 'a', 'batch', 'f', 0, 30, 0, NULL, x''),
         ('file-2', 'b', 'vision', 'f', 4, 30, 0, 80, zeroblob(32));
INSERT INTO api_keys (id, project, name, digest, created_at)
  VALUES ('key_1', 'a', 'old', zeroblob(32), 5);
PRAGMA user_version = 2;
)sql";

class Migrations : public testing::Test {
 protected:
  Migrations() {
    auto database = std::move(*sqlite::Database::open({.path = path_, .create = true, .vfs = {}}));
    for (const char* sql : {sqlite::kMigration0001, sqlite::kMigration0002, kRowsOfVersion2}) {
      const auto done = database->execute(sql);
      EXPECT_TRUE(done) << (done ? "" : done.error().message);
    }
  }
  Result<std::unique_ptr<SqliteStore>> open(bool may_migrate) {
    SqliteOptions options{.path = path_, .core_limits = {}, .limits = {.reserve_bytes = 0}};
    options.may_migrate = may_migrate;
    return SqliteStore::open(std::move(options), clock_, log_);
  }
  template <class T>
  T must(Task<Result<T>> task) {
    return std::move(run_task(loop_, std::move(task)).value());
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "metadata.sqlite";
  ManualClock clock_;
  NullLog log_;
  boost::asio::io_context loop_;
};

}  // namespace

TEST_F(Migrations, CountTheRowsThatAreThere) {
  const auto store = std::move(open(true).value());
  auto usages = must(store->usage(std::nullopt));
  ASSERT_EQ(usages.size(), 2U);
  EXPECT_EQ(usages[0].project, (Project{.id = {"a"}, .stored_bytes = 20}));
  EXPECT_EQ(usages[0].pending, (Tally{.count = 1, .bytes = 7}));
  EXPECT_EQ(usages[0].completed, (Tally{.count = 1, .bytes = 20}));
  EXPECT_EQ(usages[0].cancelled, (Tally{.count = 1, .bytes = 9}));
  EXPECT_EQ(usages[0].files_of(Purpose::batch).count, 1U);
  EXPECT_EQ(usages[0].reclaimable, (Tally{.count = 1, .bytes = 5}));
  EXPECT_EQ(usages[0].oldest_pending->id.text, "upload_1");
  EXPECT_EQ(usages[1].pending, (Tally{.count = 1, .bytes = 3}));
  EXPECT_EQ(usages[1].files_of(Purpose::vision), Tally{});
  EXPECT_EQ(usages[1].reclaimable, (Tally{.count = 1, .bytes = 4}));

  const auto catalog = std::move(SqliteCatalog::open(path_).value());
  for (const WrongCounter& wrong : catalog->wrong_counters().value()) {
    ADD_FAILURE() << wrong.sentence;
  }
}

TEST_F(Migrations, MakeUsersOfTheKeysThatAreThere) {
  const auto store = std::move(open(true).value());
  const auto keys = must(store->list_keys());
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].role, Role::user);
  EXPECT_FALSE(keys[0].expires_at);
}

// A server of the older version may be running on it.
TEST_F(Migrations, AreLeftToTheServer) {
  const auto refused = open(false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  EXPECT_NE(refused.error().message.find("start the server once"), std::string::npos);
  ASSERT_TRUE(open(true));
  EXPECT_TRUE(open(false));
}

}  // namespace partwise::test
