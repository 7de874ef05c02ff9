#include "store/sqlite/sqlite_store.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "store/sqlite/sqlite_catalog.hpp"
#include "store/sqlite/statement.hpp"
#include "support/faulty_vfs.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {

using namespace std::chrono_literals;

namespace {

// Says once, each time it is asked to, that it is two hours later.
class LeapingClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override {
    return from_unix_seconds(1'700'000'000) + (leaps_.exchange(false) ? 2h : 0h);
  }
  [[nodiscard]] MonotonicTime monotonic_now() const override { return {}; }
  void leap_once() { leaps_ = true; }

 private:
  mutable std::atomic<bool> leaps_ = false;
};

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    vfs_.skip_syncs();  // These tests lose no power; a sync that is to fail still does.
    open(path_);
  }

  void open(const std::string& path) {
    store_.reset();
    SqliteOptions options{.path = path, .core_limits = {}, .limits = limits_, .vfs = vfs_.name()};
    options.on_fatal = [this](const Error&) { ++fatal_calls_; };
    auto opened = SqliteStore::open(std::move(options), clock_, log_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  template <class T>
  Result<T> run(Task<Result<T>> task) {
    return run_task(loop_, std::move(task));
  }
  Result<Upload> create() {
    ++last_id_;
    return run(store_->create_upload({.id = {fmt::format("upload_{:032x}", last_id_)},
                                      .project = project_,
                                      .bytes = 1000,
                                      .filename = "a",
                                      .mime_type = {},
                                      .ttl = 1h,
                                      .file_ttl = {}}));
  }
  Result<Part> add_part(const Upload& upload, std::uint64_t bytes = 1) {
    const BlobKey key = *BlobKey::parse(fmt::format("{:032x}", ++last_id_));
    CHECK(run(store_->record_intent(key, {"run"})));
    return run(store_->add_part(owned(upload), {.id = {fmt::format("part_{:032x}", last_id_)},
                                                .blob = {.key = key, .bytes = bytes},
                                                .digests = {}}));
  }
  static OwnedUploadId owned(const Upload& upload) { return {upload.project, upload.id}; }
  std::string status(const Upload& upload) {
    const auto found = run(store_->find_upload(owned(upload)));
    return found ? std::string(status_text(found->state)) : found.error().message;
  }
  std::int64_t count(const char* sql) {
    auto database = sqlite::Database::open({.path = path_, .vfs = {}});
    sqlite::Statement statement(**database, sql);
    auto rows = statement.select();
    EXPECT_TRUE(rows.next().value());
    return rows.integer(0);
  }
  std::vector<std::string> contradictions(const std::string& path) {
    const auto catalog = SqliteCatalog::open(path, vfs_.name());
    if (!catalog) return {catalog.error().message};
    auto sentences = catalog.value()->contradictions().value();
    for (const WrongCounter& counter : wrong_sums(**catalog).value()) {
      sentences.push_back(counter.sentence);
    }
    return sentences;
  }
  // Fills the volume until an upload is refused.
  void fill_volume() {
    vfs_.set_capacity(vfs_.used());
    while (true) {
      const auto created = create();
      if (created) continue;
      EXPECT_EQ(created.error().code, ErrorCode::out_of_space);
      break;
    }
    // The refusal comes before the reserve is given back, this answer after it.
    EXPECT_TRUE(run(store_->sweep(1, 1h)));
  }

  FaultyVfs vfs_{"store-test"};
  TemporaryDirectory directory_;
  std::string path_ = directory_ / "metadata.sqlite";
  SqliteLimits limits_{.reserve_bytes = 256 * kKiB};
  ManualClock clock_;
  NullLog log_;
  boost::asio::io_context loop_;
  const ProjectId project_{"default"};
  std::atomic<int> fatal_calls_ = 0;
  std::uint64_t last_id_ = 0;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace

// The reader finds the upload overdue, and then the writer does not.
TEST_F(SqliteStoreTest, PartsAreListedAlsoWhereTheClockIsSetBackMeanwhile) {
  LeapingClock clock;
  store_.reset();
  SqliteOptions options{.path = path_, .core_limits = {}, .limits = limits_, .vfs = vfs_.name()};
  store_ = std::move(*SqliteStore::open(std::move(options), clock, log_));
  const Upload upload = *create();
  ASSERT_TRUE(add_part(upload));
  for (int i = 0; i < 20; ++i) {
    clock.leap_once();
    const auto parts =
        run(store_->list_parts(owned(upload), {.after = {}, .limit = 10, .purpose = {}}));
    ASSERT_TRUE(parts) << parts.error().message;
    EXPECT_EQ(parts->items.size(), 1U);
  }
  store_.reset();
}

TEST_F(SqliteStoreTest, WhatWasAnsweredIsThereAfterReopening) {
  const Upload upload = *create();
  ASSERT_TRUE(add_part(upload));
  const Upload cancelled = *create();
  ASSERT_TRUE(run(store_->cancel_upload(owned(cancelled))));
  open(path_);
  EXPECT_EQ(run(store_->find_upload(owned(upload)))->part_count, 1U);
  EXPECT_EQ(status(cancelled), "cancelled");
  EXPECT_TRUE(contradictions(path_).empty());
}

TEST_F(SqliteStoreTest, WhatWasAnsweredIsThereAfterAKillAndTheCatalogIsCleanBeforeRecovery) {
  const Upload upload = *create();
  ASSERT_TRUE(add_part(upload));
  ASSERT_TRUE(run(store_->cancel_upload(owned(upload))));
  // What a killed process leaves: both files as they are, nothing checkpointed.
  const std::string killed = directory_ / "killed.sqlite";
  std::filesystem::copy_file(path_, killed);
  std::filesystem::copy_file(path_ + "-wal", killed + "-wal");
  EXPECT_TRUE(contradictions(killed).empty());
  open(killed);
  EXPECT_EQ(status(upload), "cancelled");
  EXPECT_TRUE(contradictions(killed).empty());
}

TEST_F(SqliteStoreTest, ACancelTouchesTheSameFewRowsForAnyNumberOfParts) {
  const Upload upload = *create();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(add_part(upload));
  ASSERT_TRUE(run(store_->cancel_upload(owned(upload))));
  EXPECT_EQ(count("SELECT count(*) FROM parts"), 50);
  EXPECT_EQ(count("SELECT count(*) FROM reap_jobs"), 1);
  EXPECT_EQ(count("SELECT part_count FROM reap_jobs"), 50);
}

TEST_F(SqliteStoreTest, CountsEveryTransitionOnceAndWhatWaitsForTheReaper) {
  const Upload completed = *create();
  const Part part = *add_part(completed);
  const CompleteRequest request{.part_ids = {part.id.text},
                                .md5 = {},
                                .computed_md5 = {},
                                .file_id = {"file-0000000000000000000001"}};
  EXPECT_FALSE(run(store_->complete_upload(owned(completed), request))) << "1 byte of 1000";
  const Upload cancelled = *create();
  ASSERT_TRUE(add_part(cancelled));
  const Upload overdue = *create();
  ASSERT_TRUE(add_part(overdue));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(run(store_->cancel_upload(owned(cancelled))));
  EXPECT_EQ(store_->figures().reap_jobs_waiting, 1U);
  clock_.advance(1h);
  EXPECT_FALSE(run(store_->cancel_upload(owned(overdue)))) << "this look is what expired it";
  EXPECT_FALSE(run(store_->cancel_upload(owned(overdue))));
  const MetadataChanges expected{.uploads_created = 3,
                                 .uploads_completed = 0,
                                 .uploads_cancelled = 1,
                                 .uploads_expired = 1,
                                 .reap_jobs_made = 2,
                                 .reap_jobs_done = 0};
  EXPECT_EQ(store_->figures().changes, expected);
  open(path_);
  EXPECT_EQ(store_->figures().changes, MetadataChanges{}) << "of this process";
  EXPECT_EQ(store_->figures().reap_jobs_waiting, 2U);
  const auto batch = run(store_->claim_work({"run"}, 10, {}));
  ASSERT_TRUE(batch);
  ASSERT_TRUE(run(store_->settle_work(batch->work)));
  EXPECT_EQ(store_->figures().reap_jobs_waiting, 1U) << "the expired one is held";
}

TEST_F(SqliteStoreTest, ATransactionThatFailedIsNotCounted) {
  ASSERT_TRUE(create());
  EXPECT_GT(store_->figures().log_bytes, 0U);
  const std::uint64_t operations = store_->figures().batches.operations;
  vfs_.fail_syncs();
  EXPECT_FALSE(create());
  vfs_.fail_syncs(false);
  EXPECT_EQ(store_->figures().changes.uploads_created, 1U);
  EXPECT_EQ(store_->figures().batches.operations, operations);
}

TEST_F(SqliteStoreTest, AKeyMadeByAnotherProcessIsSeen) {
  const std::uint64_t before = *run(store_->keys_version());
  SqliteOptions beside{.path = path_, .core_limits = {}, .limits = limits_};
  auto other = SqliteStore::open(std::move(beside), clock_, log_);
  ASSERT_TRUE(other);
  const auto key = run((*other)->create_key(
      {.id = {"key_000000000000000000000001"}, .project = project_, .name = "beside"}));
  ASSERT_TRUE(key);
  EXPECT_GT(*run(store_->keys_version()), before);
  EXPECT_EQ(*run(store_->list_keys()), std::vector{*key});
}

TEST_F(SqliteStoreTest, AFullVolumeRefusesWhatTakesSpaceAndStillCancels) {
  limits_.checkpoint_step_bytes =
      1 * kGiB;  // So that only the full volume makes the log begin anew.
  open(path_);
  const Upload upload = *create();
  ASSERT_TRUE(add_part(upload, 10));
  std::vector<Upload> others;
  for (int i = 0; i < 200; ++i) others.push_back(*create());
  fill_volume();
  EXPECT_EQ(add_part(upload).error().code, ErrorCode::out_of_space);
  EXPECT_TRUE(run(store_->cancel_upload(owned(upload))));
  for (const Upload& other : others) EXPECT_TRUE(run(store_->cancel_upload(owned(other))));
  EXPECT_EQ(status(upload), "cancelled");
  EXPECT_EQ(run(store_->usage(project_))->at(0).project.stored_bytes, 0U);
  auto batch = run(store_->claim_work({"run"}, 10, {}));
  ASSERT_TRUE(batch);
  EXPECT_TRUE(run(store_->settle_work(batch->work)));
  EXPECT_TRUE(run(store_->sweep(10, 1h)));
  EXPECT_EQ(create().error().code, ErrorCode::out_of_space);
  EXPECT_EQ(fatal_calls_, 0);
}

TEST_F(SqliteStoreTest, AVolumeThatHasRoomAgainIsUsedAgain) {
  fill_volume();
  vfs_.set_capacity(1'000'000'000);
  EXPECT_EQ(create().error().code, ErrorCode::out_of_space);  // Asked again at most once a second.
  clock_.advance(2s);
  EXPECT_TRUE(create());
  EXPECT_EQ(std::filesystem::file_size(path_ + "-reserve"), limits_.reserve_bytes);
}

TEST_F(SqliteStoreTest, AFullVolumeStillDeletesAndExpires) {
  const BlobKey key = *BlobKey::parse(std::string(32, 'f'));
  ASSERT_TRUE(run(store_->record_intent(key, {"run"})));
  const auto file = run(store_->create_file({.id = {"file-1"},
                                             .project = project_,
                                             .filename = "a",
                                             .ttl = {},
                                             .blob = {.key = key, .bytes = 5},
                                             .md5 = {}}));
  ASSERT_TRUE(file);
  std::vector<Upload> uploads;
  for (int i = 0; i < 200; ++i) uploads.push_back(*create());
  ASSERT_TRUE(add_part(uploads[0], 10));
  fill_volume();
  EXPECT_TRUE(run(store_->delete_file({project_, file->id})));
  clock_.advance(1h + 2s);
  EXPECT_EQ(status(uploads[0]), "expired");
  const auto swept = run(store_->sweep(1000, 1h));
  EXPECT_TRUE(swept);
  for (const Upload& upload : uploads) EXPECT_EQ(status(upload), "expired");
  EXPECT_EQ(count("SELECT count(*) FROM uploads WHERE status = 'pending'"), 0);
  EXPECT_EQ(run(store_->usage(project_))->at(0).project.stored_bytes, 0U);
  EXPECT_EQ(fatal_calls_, 0);
}

TEST_F(SqliteStoreTest, AStoreThatOpensOnAFullVolumeStillCancels) {
  const Upload upload = *create();
  ASSERT_TRUE(add_part(upload));
  fill_volume();
  vfs_.set_capacity(vfs_.used());
  open(path_);
  EXPECT_EQ(create().error().code, ErrorCode::out_of_space);
  EXPECT_TRUE(run(store_->cancel_upload(owned(upload))));
}

TEST_F(SqliteStoreTest, AfterAFailedCommitListsAreRefusedToo) {
  ASSERT_TRUE(create());
  vfs_.fail_syncs();
  EXPECT_EQ(create().error().code, ErrorCode::unavailable);
  const PageRequest page{.after = {}, .limit = 1, .purpose = {}};
  EXPECT_EQ(run(store_->list_uploads(project_, page)).error().code, ErrorCode::unavailable);
  vfs_.fail_syncs(false);
  open(path_);
  EXPECT_EQ(fatal_calls_, 1);
  EXPECT_TRUE(create());
}

TEST_F(SqliteStoreTest, AnOpeningWhoseSyncFailsIsNoOpening) {
  const std::string killed = directory_ / "killed.sqlite";
  ASSERT_TRUE(create());
  std::filesystem::copy_file(path_, killed);
  std::filesystem::copy_file(path_ + "-wal", killed + "-wal");
  vfs_.fail_syncs();
  SqliteOptions options{.path = killed, .core_limits = {}, .limits = limits_, .vfs = vfs_.name()};
  const auto opened = SqliteStore::open(std::move(options), clock_, log_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::io_failure);
  vfs_.fail_syncs(false);
}

TEST_F(SqliteStoreTest, AFileOfANewerPartwiseIsRefused) {
  store_.reset();
  auto database = sqlite::Database::open({.path = path_, .vfs = {}});
  ASSERT_TRUE((*database)->execute("PRAGMA user_version=99"));
  SqliteOptions options{.path = path_, .core_limits = {}, .limits = limits_};
  const auto opened = SqliteStore::open(std::move(options), clock_, log_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(SqliteCatalog::open(path_).error().code, ErrorCode::invalid_request);
}

TEST_F(SqliteStoreTest, WhatIsNoDatabaseIsRefused) {
  const std::string path = directory_ / "text.sqlite";
  std::ofstream(path) << std::string(4096, 'x');
  SqliteOptions options{.path = path, .core_limits = {}, .limits = limits_};
  EXPECT_EQ(SqliteStore::open(std::move(options), clock_, log_).error().code,
            ErrorCode::io_failure);
  EXPECT_FALSE(SqliteCatalog::open(directory_ / "missing.sqlite"));
}

}  // namespace partwise::test
