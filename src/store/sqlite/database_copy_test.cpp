#include "store/sqlite/database_copy.hpp"

#include <gtest/gtest.h>

#include <string>

#include "store/sqlite/sqlite_catalog.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/statement.hpp"
#include "support/faulty_vfs.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

namespace {

using sqlite::Database;
using sqlite::Statement;

bool never() { return false; }

class DatabaseCopyTest : public testing::Test {
 protected:
  DatabaseCopyTest() {
    SqliteOptions options{.path = from_, .core_limits = {}, .limits = {.reserve_bytes = 0}};
    store_ = std::move(*SqliteStore::open(std::move(options), clock_, log_));
  }

  void add_project(const std::string& name) {
    ASSERT_TRUE(run_task(loop_, store_->create_project({name}, {})));
  }
  // Enough for several steps of a copy.
  void grow() {
    const auto database = Database::open({.path = from_}).value();
    ASSERT_TRUE(database->execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000)"
        " INSERT INTO projects (id) SELECT printf('grown-%060d', i) FROM n"));
  }
  std::int64_t projects_in(const std::string& path) {
    const auto database = Database::open({.path = path, .read_only = true}).value();
    Statement count(*database, "SELECT count(*) FROM projects");
    auto rows = count.select();
    EXPECT_TRUE(rows.next().value());
    return rows.integer(0);
  }

  TemporaryDirectory directory_{TemporaryDirectory::On::memory};
  const std::string from_ = directory_ / "from.sqlite3";
  const std::string to_ = directory_ / "to.sqlite3";
  ManualClock clock_;
  NullLog log_;
  boost::asio::io_context loop_;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace

TEST_F(DatabaseCopyTest, HasWhatWasCommittedThoughItIsInTheLogOnly) {
  add_project("one");
  ASSERT_TRUE(copy_database({.from = from_, .to = to_}, never));
  EXPECT_EQ(projects_in(to_), 1);
  EXPECT_TRUE(SqliteCatalog::open(to_).value()->contradictions().value().empty());
}

TEST_F(DatabaseCopyTest, IsOfOneMomentWhileTheServerGoesOn) {
  grow();
  int steps = 0;
  const auto write_meanwhile = [&] {
    add_project("during-" + std::to_string(++steps));
    return steps > 1000;  // A copy that begins anew at each write has no other end.
  };
  ASSERT_TRUE(copy_database({.from = from_, .to = to_}, write_meanwhile));
  EXPECT_GT(steps, 2);
  EXPECT_EQ(projects_in(to_), 150'000);
  EXPECT_EQ(projects_in(from_), 150'000 + steps);
  EXPECT_TRUE(SqliteCatalog::open(to_).value()->contradictions().value().empty());
}

TEST_F(DatabaseCopyTest, LeavesTheServerItsLog) {
  add_project("one");
  ASSERT_TRUE(copy_database({.from = from_, .to = to_}, never));
  add_project("two");
  store_.reset();
  EXPECT_EQ(projects_in(from_), 2);
  EXPECT_EQ(projects_in(to_), 1);
}

TEST_F(DatabaseCopyTest, EndsWhereItIsStopped) {
  grow();
  int steps = 0;
  const auto stopped = copy_database({.from = from_, .to = to_}, [&] { return ++steps > 1; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cut);
  EXPECT_EQ(steps, 2);
}

TEST_F(DatabaseCopyTest, IsSyncedAndSaysWhereThatFailed) {
  FaultyVfs vfs("copied");
  const DatabaseCopyOptions options{.from = from_, .to = to_, .from_vfs = {}, .to_vfs = "copied"};
  ASSERT_TRUE(copy_database(options, never));
  EXPECT_GT(vfs.syncs(), 0U);
  vfs.fail_syncs();
  const auto failed = copy_database(
      {.from = from_, .to = directory_ / "other", .from_vfs = {}, .to_vfs = "copied"}, never);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io_failure);
}

TEST_F(DatabaseCopyTest, SaysThatTheVolumeIsFull) {
  grow();
  FaultyVfs vfs("full");
  vfs.set_capacity(1'000'000);
  const auto failed =
      copy_database({.from = from_, .to = to_, .from_vfs = {}, .to_vfs = "full"}, never);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::out_of_space);
  EXPECT_NE(failed.error().message.find(to_), std::string::npos);
}

TEST_F(DatabaseCopyTest, RefusesMetadataOfAnotherVersion) {
  store_.reset();
  for (const char* version : {"PRAGMA user_version=1", "PRAGMA user_version=1000000"}) {
    ASSERT_TRUE(Database::open({.path = from_}).value()->execute(version));
    const auto refused = copy_database({.from = from_, .to = to_}, never);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  }
  EXPECT_EQ(copy_database({.from = directory_ / "missing", .to = to_}, never).error().code,
            ErrorCode::io_failure);
}

}  // namespace partwise::test
