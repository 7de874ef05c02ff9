#include "store/sqlite/writer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <latch>
#include <optional>

#include "store/sqlite/account_transactions.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/upload_transactions.hpp"
#include "support/faulty_vfs.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

using namespace std::chrono_literals;
using sqlite::Database;
using sqlite::Space;
using sqlite::Transaction;
using sqlite::Writer;

namespace {

// What an operation was answered, once it was.
template <class T>
using Answer = std::shared_ptr<std::optional<Result<T>>>;

class WriterTest : public testing::Test {
 protected:
  void open(SqliteLimits limits = {}) {
    vfs_.skip_syncs();  // These tests lose no power; a sync that is to fail still does, and each is
                        // counted.
    limits.reserve_bytes = 0;
    writer_ = std::make_unique<Writer>(sqlite::WriterParts{
        .database = connect(limits.busy_timeout),
        .checkpointing = connect(limits.busy_timeout),
        .reserve = sqlite::Reserve("", 0, vfs_.name()),
        .clock = clock_,
        .log = log_,
        .core_limits = {},
        .limits = limits,
        .on_fatal = [this](const Error&) { ++fatal_calls_; },
    });
  }
  std::unique_ptr<Database> connect(std::chrono::milliseconds busy_timeout = 1s) {
    auto database = Database::open({.path = directory_ / "metadata.sqlite",
                                    .create = true,
                                    .busy_timeout = busy_timeout,
                                    .vfs = vfs_.name()});
    EXPECT_TRUE(database && sqlite::migrate(**database));
    return std::move(*database);
  }

  // Starts an operation; its answer comes while the loop runs.
  template <class T, class Work>
  Answer<T> start(Work work, Space space = Space::takes) {
    auto answer = std::make_shared<std::optional<Result<T>>>();
    auto on_done = [answer](std::exception_ptr error, Result<T> result) {
      if (!error) *answer = std::move(result);
    };
    boost::asio::co_spawn(loop_, writer_->run<T>(space, std::move(work)), std::move(on_done));
    loop_.restart();
    loop_.poll();
    return answer;
  }
  void wait_for_all() {
    loop_.restart();
    loop_.run();
  }

  // Holds the writer inside a batch of its own, so that what is started meanwhile shares the next
  // one.
  void hold() {
    held_ = start<void>([this](Transaction&) {
      holding_.count_down();
      released_.wait();
      return Result<>();
    });
    holding_.wait();
  }
  void release() { released_.count_down(); }

  static auto add_project(std::string name) {
    return [name](Transaction& tx) { return tx.tables.projects.ensure({name}); };
  }
  bool is_known(const std::string& name) {
    auto database = connect();
    sqlite::Statement statement(*database, "SELECT 1 FROM projects WHERE id = ?1");
    auto rows = statement.select(name);
    return rows.next().value();
  }

  FaultyVfs vfs_{"writer-test"};
  TemporaryDirectory directory_;
  ManualClock clock_;
  NullLog log_;
  boost::asio::io_context loop_;
  std::latch holding_{1};
  std::latch released_{1};
  std::atomic<int> fatal_calls_ = 0;
  Answer<void> held_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace

TEST_F(WriterTest, CountsWhatItsOperationsChangedAndOfRefusedOnesWhatTheyKept) {
  open();
  hold();
  const auto counting = [](bool keeps, bool succeeds) {
    return [keeps, succeeds](Transaction& tx) -> Result<> {
      ++tx.changes.uploads_expired;
      if (keeps) CHECK(tx.keep());
      ++tx.changes.uploads_cancelled;
      if (succeeds) return {};
      return fail(ErrorCode::state_conflict, "");
    };
  };
  (void)start<void>(counting(false, true));
  (void)start<void>(counting(false, false));
  (void)start<void>(counting(true, false));
  EXPECT_EQ(writer_->figures().writer_queue_length, 3U);
  release();
  wait_for_all();
  const SqliteFigures figures = writer_->figures();
  EXPECT_EQ(figures.changes, (MetadataChanges{.uploads_created = 0,
                                              .uploads_completed = 0,
                                              .uploads_cancelled = 1,
                                              .uploads_expired = 2,
                                              .reap_jobs_made = 0,
                                              .reap_jobs_done = 0}));
  EXPECT_EQ(figures.batches.operations, 4U);
  EXPECT_EQ(figures.batches.commits.at(0), 1U);
  EXPECT_EQ(figures.batches.commits.at(2), 1U);
  EXPECT_EQ(figures.writer_queue_length, 0U);
}

TEST_F(WriterTest, OperationsThatWaitTogetherShareOneCommitAndOneMoment) {
  open();
  hold();
  std::vector<Answer<Timestamp>> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(start<Timestamp>([i](Transaction& tx) -> Result<Timestamp> {
      CHECK(tx.tables.projects.ensure({std::to_string(i)}));
      return tx.now;
    }));
  }
  const std::uint64_t syncs = vfs_.syncs();
  const Timestamp moment = clock_.now();
  release();
  wait_for_all();
  EXPECT_LE(vfs_.syncs(), syncs + 2);  // The first commit of a new log syncs its header too.
  for (const auto& answer : answers) EXPECT_EQ(**answer, moment);
}

TEST_F(WriterTest, ARefusedOperationDoesNotUndoItsNeighbours) {
  open();
  hold();
  const auto before = start<void>(add_project("before"));
  const auto refused = start<void>([](Transaction& tx) -> Result<> {
    CHECK(tx.tables.projects.ensure({"refused"}));
    return fail(ErrorCode::state_conflict, "No.");
  });
  const auto after = start<void>(add_project("after"));
  release();
  wait_for_all();
  EXPECT_TRUE((*before)->has_value());
  EXPECT_EQ((*refused)->error().code, ErrorCode::state_conflict);
  EXPECT_TRUE((*after)->has_value());
  EXPECT_TRUE(is_known("before"));
  EXPECT_FALSE(is_known("refused"));
  EXPECT_TRUE(is_known("after"));
}

TEST_F(WriterTest, AnExceptionIsTheErrorOfItsOperationAlone) {
  open();
  hold();
  const auto thrown = start<void>([](Transaction& tx) -> Result<> {
    CHECK(tx.tables.projects.ensure({"undone"}));
    throw std::bad_alloc();
  });
  const auto after = start<void>(add_project("after"));
  release();
  wait_for_all();
  EXPECT_EQ((*thrown)->error().code, ErrorCode::overloaded);
  EXPECT_TRUE((*after)->has_value());
  EXPECT_FALSE(is_known("undone"));
  EXPECT_TRUE(is_known("after"));
}

TEST_F(WriterTest, WhatAnOperationKeepsStaysThoughItIsRefused) {
  open();
  const auto refused = start<void>([](Transaction& tx) -> Result<> {
    CHECK(tx.tables.projects.ensure({"kept"}));
    CHECK(tx.keep());
    CHECK(tx.tables.projects.ensure({"undone"}));
    return fail(ErrorCode::state_conflict, "No.");
  });
  wait_for_all();
  EXPECT_FALSE((*refused)->has_value());
  EXPECT_TRUE(is_known("kept"));
  EXPECT_FALSE(is_known("undone"));
}

TEST_F(WriterTest, AViolatedConstraintIsAnErrorOfItsOperationAlone) {
  open();
  hold();
  const auto broken = start<void>([](Transaction& tx) {
    return tx.database.execute("INSERT INTO projects (id) VALUES (NULL)");
  });
  const auto fine = start<void>(add_project("fine"));
  release();
  wait_for_all();
  EXPECT_EQ((*broken)->error().code, ErrorCode::internal);
  EXPECT_TRUE((*fine)->has_value());
  EXPECT_TRUE(is_known("fine"));
}

TEST_F(WriterTest, AFullQueueIsOverloadedAndServesWhatItTook) {
  open({.queue_length_max = 2});
  hold();
  const auto first = start<void>(add_project("first"));
  const auto second = start<void>(add_project("second"));
  const auto third = start<void>(add_project("third"));
  loop_.restart();
  loop_.poll();
  ASSERT_TRUE(third->has_value());
  EXPECT_EQ((*third)->error().code, ErrorCode::overloaded);
  release();
  wait_for_all();
  EXPECT_TRUE((*first)->has_value());
  EXPECT_TRUE((*second)->has_value());
  EXPECT_FALSE(is_known("third"));
}

TEST_F(WriterTest, AWriterOfAnotherProcessIsWaitedForAndThenOverloads) {
  open({.busy_timeout = 1ms});
  auto other = connect();
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  const auto refused = start<void>(add_project("refused"));
  wait_for_all();
  EXPECT_EQ((*refused)->error().code, ErrorCode::overloaded);
  ASSERT_TRUE(other->execute("ROLLBACK"));
  const auto served = start<void>(add_project("served"));
  wait_for_all();
  EXPECT_TRUE((*served)->has_value());
  EXPECT_EQ(fatal_calls_, 0);
}

TEST_F(WriterTest, AnErrorThatRollsTheBatchBackIsTheErrorOfEveryMember) {
  open();
  hold();
  const auto before = start<void>(add_project("before"));
  const auto broken = start<void>([](Transaction& tx) -> Result<> {
    CHECK(tx.database.execute("ROLLBACK"));  // As SQLite does by itself after some errors.
    return fail(ErrorCode::overloaded, "Out of memory.");
  });
  const auto after = start<void>(add_project("after"));
  release();
  wait_for_all();
  for (const auto& answer : {before, broken, after}) {
    EXPECT_EQ((*answer)->error().code, ErrorCode::overloaded);
  }
  EXPECT_FALSE(is_known("before"));
  EXPECT_FALSE(is_known("after"));
  const auto next = start<void>(add_project("next"));
  wait_for_all();
  EXPECT_TRUE((*next)->has_value());
}

TEST_F(WriterTest, AFailedSyncOfACommitIsUnavailableToTheWholeBatchAndEndsTheService) {
  open();
  hold();
  const auto written = start<void>(add_project("written"));
  const auto refused =
      start<void>([](Transaction&) -> Result<> { return fail(ErrorCode::not_found, "Nothing."); });
  vfs_.fail_syncs();
  release();
  wait_for_all();
  EXPECT_EQ((*written)->error().code, ErrorCode::unavailable);
  EXPECT_EQ((*refused)->error().code, ErrorCode::unavailable);
  vfs_.fail_syncs(false);
  const auto later = start<void>(add_project("later"), Space::frees);
  wait_for_all();
  EXPECT_EQ((*later)->error().code, ErrorCode::unavailable);
  EXPECT_TRUE(writer_->stopped());
  writer_.reset();
  EXPECT_EQ(fatal_calls_, 1);
}

TEST_F(WriterTest, AFullVolumeIsOutOfSpaceAndChangesNothing) {
  open();
  const auto first = start<void>(add_project("first"));
  wait_for_all();
  vfs_.set_capacity(vfs_.used());
  hold();
  // More than the log's used part can hold.
  const auto large = start<void>([](Transaction& tx) -> Result<> {
    for (int i = 0; i < 2000; ++i) CHECK(tx.tables.projects.ensure({"large" + std::to_string(i)}));
    return {};
  });
  const auto small = start<void>(add_project("small"));
  release();
  wait_for_all();
  EXPECT_EQ((*large)->error().code, ErrorCode::out_of_space);
  EXPECT_EQ((*small)->error().code, ErrorCode::out_of_space);
  EXPECT_FALSE(is_known("large0"));
  EXPECT_FALSE(is_known("small"));
  EXPECT_EQ(fatal_calls_, 0);
  vfs_.set_capacity(1'000'000'000);
  const auto later = start<void>(add_project("later"));
  wait_for_all();
  EXPECT_TRUE((*later)->has_value());
}

TEST_F(WriterTest, TheDestructorServesWhatIsQueued) {
  open();
  hold();
  const auto queued = start<void>(add_project("queued"));
  release();
  writer_.reset();
  wait_for_all();
  EXPECT_TRUE((*queued)->has_value());
  EXPECT_TRUE(is_known("queued"));
}

TEST_F(WriterTest, TheLogIsOverwrittenAndDoesNotGrowForEver) {
  open({.checkpoint_step_bytes = 64 * kKiB, .wal_bytes_max = 256 * kKiB});
  for (int i = 0; i < 400; ++i) {
    const auto written = start<void>([i](Transaction& tx) -> Result<> {
      for (int j = 0; j < 20; ++j) {
        CHECK(tx.tables.projects.ensure({std::to_string(i * j) + std::string(50, 'x')}));
      }
      return {};
    });
    wait_for_all();
    ASSERT_TRUE((*written)->has_value());
  }
  const auto log_bytes = std::filesystem::file_size(directory_ / "metadata.sqlite-wal");
  EXPECT_GT(log_bytes, 64 * kKiB);
  EXPECT_LT(log_bytes, 1 * kMiB);
}

TEST_F(WriterTest, AReaderThatStaysDoesNotHoldUpEveryBatch) {
  constexpr std::uint64_t kLogBytesMax = 256 * kKiB;
  open({.checkpoint_step_bytes = 64 * kKiB, .wal_bytes_max = kLogBytesMax, .restart_timeout = 1ms});
  int number = 0;
  const auto write_batch = [&] {
    const auto written = start<void>([&](Transaction& tx) -> Result<> {
      for (int j = 0; j < 20; ++j) {
        CHECK(tx.tables.projects.ensure({std::to_string(++number * 7919LL)}));
      }
      return {};
    });
    wait_for_all();
    ASSERT_TRUE((*written)->has_value());
  };
  write_batch();
  auto reader = connect();
  ASSERT_TRUE(reader->execute("BEGIN; SELECT count(*) FROM projects"));
  int batches = 0;
  while (writer_->figures().log_bytes < 16 * kLogBytesMax) {
    write_batch();
    ++batches;
  }
  EXPECT_GT(vfs_.waits(), 0U) << "it does try";
  EXPECT_LE(vfs_.waits(), 17U) << "in " << batches << " batches";
  ASSERT_TRUE(reader->execute("COMMIT"));
  // Once all of it is moved, whoever does that, the next commit begins the log anew by itself.
  while (!reader->checkpoint(SQLITE_CHECKPOINT_PASSIVE, 1s).value()) {
  }
  write_batch();
  EXPECT_LT(writer_->figures().log_bytes, kLogBytesMax);
  const auto waits = vfs_.waits();
  ASSERT_TRUE(reader->execute("BEGIN; SELECT count(*) FROM projects"));
  while (writer_->figures().log_bytes < 3 * kLogBytesMax) write_batch();
  EXPECT_GT(vfs_.waits(), waits) << "as soon as ever";
}

TEST_F(WriterTest, ARefusedOperationCountsNothingButWhatItKept) {
  open();
  hold();
  Upload upload;
  upload.project = {"p"};
  const auto accepted = start<void>([&upload](Transaction& tx) {
    tx.ledger.upload_created(upload);
    return Result<>();
  });
  const auto refused = start<void>([&upload](Transaction& tx) -> Result<> {
    tx.ledger.upload_created(upload);
    return fail(ErrorCode::not_found, "");
  });
  const auto refused_in_part = start<void>([&upload](Transaction& tx) -> Result<> {
    tx.ledger.upload_created(upload);
    CHECK(tx.keep());
    tx.ledger.upload_created(upload);
    return fail(ErrorCode::not_found, "");
  });
  release();
  wait_for_all();
  const auto count = start<std::int64_t>(
      [](Transaction& tx) { return tx.tables.usage.pending_count({"p"}); }, Space::frees);
  wait_for_all();
  EXPECT_EQ(count->value().value(), 2);
}

TEST_F(WriterTest, CreatesOfOneBatchShareTheQuotaOfOpenUploads) {
  open();
  const auto made = start<Project>(
      [](Transaction& tx) { return sqlite::create_project(tx, {"p"}, {.open_uploads = 2}); });
  wait_for_all();
  hold();
  std::vector<Answer<Upload>> answers;
  for (int i = 0; i < 5; ++i) {
    answers.push_back(start<Upload>([i](Transaction& tx) {
      return sqlite::create_upload(tx, {.id = {fmt::format("upload_{:032x}", i)},
                                        .project = {"p"},
                                        .filename = "a",
                                        .mime_type = {},
                                        .ttl = 1h,
                                        .file_ttl = {}});
    }));
  }
  const auto raised = start<Project>(
      [](Transaction& tx) { return sqlite::set_quotas(tx, {"p"}, {.open_uploads = 3}); });
  answers.push_back(start<Upload>([](Transaction& tx) {
    return sqlite::create_upload(tx, {.id = {"upload_f"},
                                      .project = {"p"},
                                      .filename = "a",
                                      .mime_type = {},
                                      .ttl = 1h,
                                      .file_ttl = {}});
  }));
  release();
  wait_for_all();
  std::vector<bool> accepted;
  for (const auto& answer : answers) accepted.push_back(answer->value().has_value());
  EXPECT_EQ(accepted, (std::vector<bool>{true, true, false, false, false, true}));
}

}  // namespace partwise::test
