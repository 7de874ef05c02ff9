#include "server/data_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

RunMark relaxed_run_of(std::string boot_id) {
  return {.durability = Durability::relaxed, .boot_id = std::move(boot_id), .stopped_clean = false};
}

class DataDirectoryTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<DataDirectory>> open(Durability durability = Durability::strict) {
    return DataDirectory::open(*files_, path_, durability);
  }
  Result<std::unique_ptr<DataDirectory>> open_to_check() {
    return DataDirectory::open_to_check(*files_, path_);
  }
  ErrorCode error_of_open() { return open().error().code; }
  void write(const std::string& name, std::string_view content) {
    ASSERT_TRUE(files_->write_small(path_ + "/" + name, content));
  }
  // What a power loss during a relaxed run leaves.
  void lose_power() { write("run", run_mark_text(relaxed_run_of("another boot"))); }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  const std::string path_ = directory_ / "not/there/yet";
};

TEST_F(DataDirectoryTest, IsMadeForItsOwnerAlone) {
  const auto data = open().value();
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  EXPECT_EQ(files_->read_small(path_ + "/format"), "1\n");
  EXPECT_EQ(data->metadata_path(), path_ + "/metadata.sqlite3");
}

TEST_F(DataDirectoryTest, ABackupIsForItsOwnerAloneThoughTheEmptyDirectoryWasNot) {
  ASSERT_TRUE(files_->make_directories(path_));
  ASSERT_EQ(::chmod(path_.c_str(), 0755), 0);
  ASSERT_TRUE(DataDirectory::begin_backup(*files_, path_));
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
}

TEST_F(DataDirectoryTest, IsOfOneServerAtATime) {
  auto data = open().value();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::overloaded);
  EXPECT_EQ(second.error().message,
            path_ + " is in use by another Partwise, which holds " + path_ + "/lock.");
  EXPECT_EQ(open_to_check().error().code, ErrorCode::overloaded);
  EXPECT_TRUE(DataDirectory::prepare(*files_, path_));
  data.reset();
  EXPECT_TRUE(open());
}

TEST_F(DataDirectoryTest, IsNoneUntilABackupIsFinished) {
  auto lock = DataDirectory::begin_backup(*files_, path_).value();
  EXPECT_EQ(DataDirectory::begin_backup(*files_, path_).error().code, ErrorCode::invalid_request);
  lock.reset();  // As when the process was killed.
  const std::string refusal =
      path_ + " is a backup that was not finished: remove it and make another.";
  EXPECT_EQ(open().error().message, refusal);
  EXPECT_EQ(open_to_check().error().message, refusal);
  EXPECT_EQ(DataDirectory::prepare(*files_, path_).error().message, refusal);
  EXPECT_EQ(DataDirectory::require(*files_, path_).error().message, refusal);
  ASSERT_TRUE(DataDirectory::finish_backup(*files_, path_));
  EXPECT_TRUE(DataDirectory::require(*files_, path_));
  EXPECT_TRUE(open());
}

TEST_F(DataDirectoryTest, TakesNoBackupOverWhatIsThere) {
  ASSERT_TRUE(files_->make_directories(path_));
  write("a file", "of somebody");
  ASSERT_EQ(::chmod(path_.c_str(), 0755), 0);
  EXPECT_EQ(DataDirectory::begin_backup(*files_, path_).error().message,
            path_ + " is not empty: give a directory that is new or empty.");
  EXPECT_EQ(files_->list(path_).value().size(), 1U);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755U);
}

TEST_F(DataDirectoryTest, RefusesTheFormatOfANewerPartwise) {
  ASSERT_TRUE(DataDirectory::prepare(*files_, path_));
  write("format", "2\n");
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::invalid_request);
  EXPECT_NE(opened.error().message.find("newer"), std::string::npos);
  EXPECT_EQ(open_to_check().error().code, ErrorCode::invalid_request);
}

TEST_F(DataDirectoryTest, RefusesAFormatThatIsNone) {
  ASSERT_TRUE(DataDirectory::prepare(*files_, path_));
  for (const std::string text :
       {"", "1", "one\n", "-1\n", "0\n", "1\n\n", "99999999999999999999\n"}) {
    write("format", text);
    EXPECT_EQ(error_of_open(), ErrorCode::invalid_request) << text;
  }
}

TEST_F(DataDirectoryTest, RefusesMetadataWithoutAFormat) {
  ASSERT_TRUE(files_->make_directories(path_));
  write("metadata.sqlite3", "");
  EXPECT_EQ(error_of_open(), ErrorCode::invalid_request);
}

TEST_F(DataDirectoryTest, IsNotBegunAnewWhereItsMetadataAreGone) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(files_->remove(path_ + "/metadata.sqlite3"));
  const std::string refusal =
      " was served before, and its metadata.sqlite3 is missing: restore "
      "the whole directory from a backup, or give one that is empty.";
  EXPECT_EQ(open().error().message, path_ + refusal);
  EXPECT_EQ(DataDirectory::prepare(*files_, path_).error().message, path_ + refusal);
  ASSERT_TRUE(files_->remove(path_ + "/run"));
  EXPECT_TRUE(DataDirectory::prepare(*files_, path_)) << "nothing was ever stored in it";
}

TEST_F(DataDirectoryTest, IsNotBegunAnewWhereThereAreBlobs) {
  for (const bool has_format : {true, false}) {
    ASSERT_TRUE(files_->make_directories(path_ + "/blobs/a0"));
    if (has_format) write("format", "1\n");
    write("blobs/a0/a0000000000000000000000000000001", "content");
    EXPECT_EQ(error_of_open(), ErrorCode::invalid_request);
    EXPECT_FALSE(files_->read_small(path_ + "/run")) << "no run was begun";
    write("format", "1\n");
    write("metadata.sqlite3", "");
    EXPECT_NE(open().error().message.find("metadata.sqlite3 is empty"), std::string::npos);
    ASSERT_TRUE(files_->remove(path_ + "/metadata.sqlite3"));
    ASSERT_TRUE(files_->remove(path_ + "/blobs/a0/a0000000000000000000000000000001"));
    ASSERT_TRUE(files_->remove(path_ + "/format"));
  }
}

TEST_F(DataDirectoryTest, AFirstStartThatWasCutShortIsBegunAgain) {
  ASSERT_TRUE(open());  // And ended before SQLite wrote anything.
  EXPECT_EQ(files_->read_small(path_ + "/metadata.sqlite3"), "");
  EXPECT_TRUE(open());
  EXPECT_TRUE(open(Durability::relaxed));
}

TEST_F(DataDirectoryTest, IsCheckedOnlyWhereThereIsOne) {
  EXPECT_EQ(open_to_check().error().code, ErrorCode::not_found);
  EXPECT_EQ(files_->list(path_).error().code, ErrorCode::not_found);
  ASSERT_TRUE(open());
  EXPECT_TRUE(open_to_check());
}

TEST_F(DataDirectoryTest, ServesAgainAfterAnyEndWithStrictDurability) {
  ASSERT_TRUE(open());
  RunMark killed{
      .durability = Durability::strict, .boot_id = "another boot", .stopped_clean = false};
  write("run", run_mark_text(killed));
  EXPECT_TRUE(open());
}

TEST_F(DataDirectoryTest, ServesAgainAfterAKillWithRelaxedDurability) {
  ASSERT_TRUE(open(Durability::relaxed));
  EXPECT_TRUE(open(Durability::relaxed));
  EXPECT_TRUE(open(Durability::strict));
}

TEST_F(DataDirectoryTest, RefusesAfterAPowerLossWithRelaxedDurabilityUntilItWasChecked) {
  ASSERT_TRUE(open());
  lose_power();
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_NE(refused.error().message.find("partwise fsck --repair"), std::string::npos);
  EXPECT_EQ(error_of_open(), ErrorCode::unavailable) << "asking again must not help";
  auto data = open_to_check().value();
  EXPECT_EQ(data->needs_check(), true);
  ASSERT_TRUE(data->mark_checked());
  EXPECT_EQ(data->needs_check(), false);
  data.reset();
  EXPECT_TRUE(open());
}

TEST_F(DataDirectoryTest, TrustsACleanStopOverAnyReboot) {
  ASSERT_TRUE(open(Durability::relaxed).value()->mark_clean_stop());
  RunMark mark = parse_run_mark(files_->read_small(path_ + "/run").value()).value();
  EXPECT_TRUE(mark.stopped_clean);
  mark.boot_id = "another boot";
  write("run", run_mark_text(mark));
  EXPECT_TRUE(open(Durability::relaxed));
}

TEST_F(DataDirectoryTest, DistrustsAMarkThatItCannotRead) {
  ASSERT_TRUE(open());
  write("run", "durability strict");
  EXPECT_EQ(error_of_open(), ErrorCode::unavailable);
  ASSERT_TRUE(open_to_check().value()->mark_checked());
  EXPECT_TRUE(open());
}

TEST(RunMark, SurvivesItsText) {
  for (const auto durability : {Durability::strict, Durability::relaxed}) {
    for (const bool stopped_clean : {false, true}) {
      const RunMark mark{
          .durability = durability, .boot_id = "0f3a-77", .stopped_clean = stopped_clean};
      EXPECT_EQ(parse_run_mark(run_mark_text(mark)), mark);
    }
  }
  EXPECT_EQ(run_mark_text(relaxed_run_of("b")), "durability relaxed\nboot b\nstate running\n");
  for (const auto* text :
       {"", "durability strict\nboot b\n", "durability x\nboot b\nstate running\n",
        "durability strict\nboot b\nstate running\nmore\n"}) {
    EXPECT_EQ(parse_run_mark(text), std::nullopt) << text;
  }
}

TEST(RunMark, NeedsACheckAfterAnotherBootAlone) {
  EXPECT_FALSE(needs_check(relaxed_run_of("a"), "a"));
  EXPECT_TRUE(needs_check(relaxed_run_of("a"), "b"));
  EXPECT_TRUE(needs_check(relaxed_run_of(""), "")) << "boots that cannot be told apart";
}

}  // namespace

}  // namespace partwise
