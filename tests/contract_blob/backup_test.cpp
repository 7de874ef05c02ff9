// What a backup promises whatever fails, by the order of its calls.

#include "server/backup.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "server/data_directory.hpp"
#include "store/sqlite/database.hpp"
#include "support/faulty_file_system.hpp"
#include "support/faulty_vfs.hpp"
#include "support/stopped_server.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

class BackupTest : public ::testing::Test {
 protected:
  void write(const std::string& path, std::string_view content) {
    ASSERT_TRUE(files_->write_small(path, content));
  }
  bool is_held() { return files_->is_held(origin_).value(); }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  const std::string origin_ = directory_ / "data";
  const std::string copy_ = directory_ / "copy";
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  const test::StoppedServer server_{*files_, origin_};
};

TEST_F(BackupTest, HoldsTheOriginFromBeforeTheMetadataToTheLastBlob) {
  std::vector<bool> held;
  const BackupWatch watch{.is_stopped =
                              [&] {
                                held.push_back(is_held());
                                return false;
                              },
                          .on_progress =
                              [&](const TransferFigures& done, std::uint64_t bytes_total) {
                                held.push_back(is_held());
                                EXPECT_EQ(done.blobs, 1U);
                                EXPECT_EQ(bytes_total, 5U);
                              }};
  ASSERT_TRUE(make_backup(*files_, {.data_dir = origin_, .to = copy_}, watch));
  EXPECT_EQ(held, (std::vector<bool>{true, true, true}));
  EXPECT_FALSE(is_held());
}

// A process that locks the origin for itself, until `file` is closed.
int lock_alone(const std::string& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  EXPECT_EQ(::flock(file, LOCK_EX | LOCK_NB), 0);
  return file;
}

TEST_F(BackupTest, EndsWhereItIsStoppedWhileItWaitsForItsOrigin) {
  const int file = lock_alone(origin_);
  int rests = 0;
  const BackupWatch watch{.rest = [&] { ++rests; }, .is_stopped = [&] { return rests == 3; }};
  const auto stopped = make_backup(*files_, {.data_dir = origin_, .to = copy_}, watch);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cut);
  EXPECT_EQ(stopped.error().message, "stopped by a signal.");
  EXPECT_FALSE(files_->list(copy_)) << "nothing was begun";
  ::close(file);
}

TEST_F(BackupTest, GoesOnOnceItsOriginIsLetGo) {
  const int file = lock_alone(origin_);
  int rests = 0;
  const BackupWatch watch{.rest = [&] {
    if (++rests == 3) ::close(file);
  }};
  ASSERT_TRUE(make_backup(*files_, {.data_dir = origin_, .to = copy_}, watch));
  EXPECT_EQ(rests, 3);
}

TEST_F(BackupTest, LetsGoOfItsOriginBeforeItChecksTheMetadataAndEndsThereToo) {
  ASSERT_TRUE(sqlite::Database::open({.path = DataDirectory::metadata_path_in(origin_)})
                  .value()
                  ->execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                            " WHERE i < 20000) INSERT INTO projects (id) SELECT 'many-' || i"
                            " FROM n"));
  const BackupWatch watch{.is_stopped = [&] { return !is_held(); }};
  const auto stopped = make_backup(*files_, {.data_dir = origin_, .to = copy_}, watch);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cut);
  EXPECT_TRUE(files_->read_small(DiskPaths(copy_).blob(server_.key))) << "the blobs were there";
  EXPECT_FALSE(DataDirectory::require(*files_, copy_));
}

TEST_F(BackupTest, EndsBetweenTwoBlobsWhereItIsStopped) {
  int asked = 0;
  const BackupWatch watch{.is_stopped = [&] { return ++asked > 1; }};
  const auto stopped = make_backup(*files_, {.data_dir = origin_, .to = copy_}, watch);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::cut);
  EXPECT_EQ(stopped.error().message,
            "stopped by a signal. " + copy_ + " is not finished and no data directory: remove it.");
  EXPECT_FALSE(is_held());
  EXPECT_FALSE(DataDirectory::require(*files_, copy_));
}

TEST_F(BackupTest, IsRefusedAsADataDirectoryWhereverItFailed) {
  test::FaultyFileSystem faulty(*files_);
  std::uint64_t n = 1;
  for (bool failed = true; failed; ++n) {
    faulty.heal();
    faulty.fail_call(n, ErrorCode::out_of_space);
    const std::string to = directory_ / std::to_string(n);
    const auto made = make_backup(faulty, {.data_dir = origin_, .to = to}, {});
    const auto verb = faulty.failed_verb();
    failed = verb.has_value();
    SCOPED_TRACE("call " + std::to_string(n) + ", " + verb.value_or("none"));
    ASSERT_EQ(made.has_value(), !failed);
    EXPECT_FALSE(is_held());
    EXPECT_EQ(faulty.open_files(), 0U);
    const bool is_served = DataDirectory::require(*files_, to).has_value();
    EXPECT_EQ(is_served, !failed);
    // What serve would take for a new directory is one: nothing of the backup is in it.
    const auto begun = files_->list(to);
    if (failed && begun && !begun->empty()) {
      EXPECT_FALSE(DataDirectory::prepare(*files_, to));
    }
  }
  EXPECT_GT(n, 270U);  // The directories of the fan-out alone are more.
}

TEST_F(BackupTest, IsDurableBeforeItIsADataDirectory) {
  const std::string metadata = DataDirectory::metadata_path_in(copy_);
  test::FaultyFileSystem faulty(*files_);
  test::FaultyVfs vfs("observed");
  vfs.make_default();
  std::size_t calls = 0;  // Of the file system, before the last sync of the metadata.
  vfs.on_sync([&](std::string_view path) {
    if (path == metadata) calls = faulty.journal().size();
  });
  ASSERT_TRUE(make_backup(faulty, {.data_dir = origin_, .to = copy_}, {}));
  EXPECT_GT(calls, 0U);
  EXPECT_FALSE(vfs.is_unsynced(metadata));
  const auto journal = faulty.journal();
  const auto after = std::span(journal).subspan(calls);
  // The names of the metadata and of `blobs`, of the fan-out, and of the one blob.
  EXPECT_EQ(std::ranges::count(after, "sync_directory"), 3);
  EXPECT_EQ(after.back(), "write_small") << "the format comes last";
  EXPECT_EQ(after[after.size() - 2], "sync_directory");
  EXPECT_EQ(std::ranges::count(journal, "sync_volume"), 0);
}

TEST_F(BackupTest, SyncsWhatARelaxedServerDidNot) {
  const RunMark running{
      .durability = Durability::relaxed, .boot_id = read_boot_id(*files_), .stopped_clean = false};
  write(origin_ + "/run", run_mark_text(running));
  test::FaultyFileSystem faulty(*files_);
  ASSERT_TRUE(make_backup(faulty, {.data_dir = origin_, .to = copy_}, {}));
  EXPECT_EQ(std::ranges::count(faulty.journal(), "sync_volume"), 1);
  EXPECT_FALSE(files_->read_small(copy_ + "/run")) << "this boot still has everything";
  EXPECT_TRUE(DataDirectory::open(*files_, copy_, Durability::strict));
}

TEST_F(BackupTest, HasToBeCheckedWhereItsOriginHas) {
  const RunMark lost{
      .durability = Durability::relaxed, .boot_id = "another boot", .stopped_clean = false};
  write(origin_ + "/run", run_mark_text(lost));
  ASSERT_TRUE(make_backup(*files_, {.data_dir = origin_, .to = copy_}, {}));
  const auto served = DataDirectory::open(*files_, copy_, Durability::strict);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().code, ErrorCode::unavailable);
}

}  // namespace

}  // namespace partwise
