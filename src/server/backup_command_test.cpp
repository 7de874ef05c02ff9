#include "server/backup_command.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <sstream>
#include <string>

#include "server/data_directory.hpp"
#include "server/fsck_command.hpp"
#include "store/sqlite/database.hpp"
#include "support/stopped_server.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

class BackupCommandTest : public ::testing::Test {
 protected:
  void write(const std::string& path, std::string_view content) {
    ASSERT_TRUE(files_->write_small(path, content));
  }
  int run(BackupCommandOptions options = {}) {
    out_.str("");
    errors_.str("");
    options.backup.data_dir = origin_;
    if (options.backup.to.empty()) options.backup.to = copy_;
    return run_backup(options, out_, errors_);
  }
  int check_copy() { return run_fsck({.data_dir = copy_}, out_, errors_); }
  ino_t file_number(const std::string& data_dir) {
    struct stat status{};
    EXPECT_EQ(::stat(DiskPaths(data_dir).blob(server_.key).c_str(), &status), 0);
    return status.st_ino;
  }
  bool is_held() { return files_->is_held(origin_).value(); }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  const std::string origin_ = directory_ / "data";
  const std::string copy_ = directory_ / "backups/today";
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  const test::StoppedServer server_{*files_, origin_};
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST_F(BackupCommandTest, MakesADirectoryThatIsCleanAndCanBeServed) {
  EXPECT_EQ(run(), 0);
  EXPECT_TRUE(out_.str().starts_with(copy_ + ": 1 blobs (5 bytes), 1 linked and 0 copied, in "));
  EXPECT_TRUE(out_.str().ends_with(" s: whole.\n")) << out_.str();
  EXPECT_EQ(errors_.str(), "");
  EXPECT_FALSE(is_held());
  EXPECT_EQ(check_copy(), 0) << out_.str();
  EXPECT_EQ(files_->read_small(DiskPaths(copy_).blob(server_.key)), server_.content);
  EXPECT_EQ(files_->read_small(copy_ + "/api-key"), "pw-first\n");
  EXPECT_TRUE(DataDirectory::open(*files_, copy_, Durability::relaxed));
}

TEST_F(BackupCommandTest, SharesBytesUnlessItIsToCopy) {
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(file_number(copy_), file_number(origin_));
  const std::string other = directory_ / "other";
  EXPECT_EQ(run({.backup = {.to = other, .mode = TransferMode::copy}}), 0);
  EXPECT_NE(file_number(other), file_number(origin_));
  EXPECT_NE(out_.str().find("0 linked and 1 copied"), std::string::npos);
}

TEST_F(BackupCommandTest, TellsWhatItDidInJson) {
  EXPECT_EQ(run({.json = true}), 0);
  const std::string text = out_.str();
  EXPECT_TRUE(text.starts_with(R"({"data_dir":")" + origin_ + R"(","to":")" + copy_ +
                               R"(","whole":true,"blobs":1,"bytes":5,"linked":1,"copied":0,)"
                               R"("seconds":)"));
  EXPECT_TRUE(text.ends_with(R"(,"findings_total":0,"findings":[]})"
                             "\n"));
}

TEST_F(BackupCommandTest, GoesOnAfterDamageAndSaysSo) {
  ASSERT_TRUE(files_->remove(server_.blob_path()));
  EXPECT_EQ(run(), 1);
  EXPECT_TRUE(out_.str().starts_with("missing_blob " + server_.key.text() +
                                     ": The blob of file-1 is missing.\n"))
      << out_.str();
  EXPECT_TRUE(out_.str().ends_with(": 1 findings.\n"));
  EXPECT_EQ(check_copy(), 1);
  const std::string other = directory_ / "other";
  write(server_.blob_path(), "file!");
  EXPECT_EQ(run({.backup = {.to = other, .mode = TransferMode::copy}, .json = true}), 1);
  EXPECT_NE(out_.str().find(R"({"kind":"damaged_blob","subject":")" + server_.key.text() +
                            R"(","owner":"file-1"})"),
            std::string::npos);
  EXPECT_EQ(files_->read_small(DiskPaths(other).blob(server_.key)), "file!");
}

TEST_F(BackupCommandTest, LeavesWhatIsThereAlone) {
  write(directory_ / "taken", "mine");
  EXPECT_EQ(run({.backup = {.to = directory_.path()}}), 2);
  EXPECT_EQ(errors_.str(), "partwise backup: " + directory_.path() +
                               " is not empty: give a directory that is new or empty.\n");
  EXPECT_EQ(run({.backup = {.to = directory_ / "taken"}}), 2);
  EXPECT_EQ(files_->read_small(directory_ / "taken"), "mine");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(run(), 2);
}

TEST_F(BackupCommandTest, RefusesATargetInsideOfItsOrigin) {
  ASSERT_EQ(::symlink(origin_.c_str(), (directory_ / "link").c_str()), 0);
  for (const std::string& to :
       {origin_, origin_ + "/", origin_ + "/backup", origin_ + "/lost+found", origin_ + "/deep/er/",
        directory_ / "link/backup", directory_ / "./data/x"}) {
    EXPECT_EQ(run({.backup = {.to = to}}), 2);
    EXPECT_EQ(errors_.str(), "partwise backup: " + to + " lies in " + origin_ +
                                 ", of which it is to be a copy.\n");
  }
  const std::string roundabout = directory_ / "nowhere/../data/x";
  EXPECT_EQ(run({.backup = {.to = roundabout}}), 2);
  EXPECT_EQ(errors_.str(), "partwise backup: " + roundabout +
                               " has `..` behind a directory that does not exist: give a path "
                               "without.\n");
  EXPECT_FALSE(files_->list(directory_ / "nowhere")) << "nothing is made";
  EXPECT_FALSE(files_->list(origin_ + "/backup"));
  EXPECT_EQ(run({.backup = {.to = directory_ / "data/../beside"}}), 0) << errors_.str();
  EXPECT_EQ(run({.backup = {.to = origin_ + "-backup"}}), 0) << errors_.str();
}

TEST_F(BackupCommandTest, NeedsADataDirectoryOfThisVersion) {
  write(origin_ + "/format", "99\n");
  EXPECT_EQ(run(), 2);
  EXPECT_NE(errors_.str().find("was written by a newer Partwise"), std::string::npos);
  ASSERT_TRUE(files_->remove(origin_ + "/format"));
  EXPECT_EQ(run(), 2);
  EXPECT_NE(errors_.str().find("is not a Partwise data directory"), std::string::npos);
  EXPECT_FALSE(files_->list(copy_)) << "nothing was begun";
}

TEST_F(BackupCommandTest, LeavesNothingWhereTheMetadataAreOfAnotherVersionOrGone) {
  const std::string metadata = origin_ + "/metadata.sqlite3";
  for (const char* version : {"PRAGMA user_version=1", "PRAGMA user_version=1000000"}) {
    ASSERT_TRUE(sqlite::Database::open({.path = metadata}).value()->execute(version));
    EXPECT_EQ(run(), 2);
    EXPECT_TRUE(errors_.str().ends_with(
        " A backup is made by the program that served the directory last.\n"))
        << errors_.str();
    EXPECT_FALSE(files_->list(copy_)) << "nothing was begun";
  }
  ASSERT_TRUE(files_->remove(metadata));
  EXPECT_EQ(run(), 2);
  EXPECT_NE(errors_.str().find(metadata), std::string::npos) << errors_.str();
  EXPECT_FALSE(files_->list(copy_)) << "nothing was begun";
}

TEST_F(BackupCommandTest, ReadsItsArguments) {
  const std::array<std::string, 6> arguments{"--data-dir", origin_,  "--to",
                                             copy_,        "--copy", "--json"};
  EXPECT_EQ(run_backup(arguments, out_, errors_), 0) << errors_.str();
  EXPECT_NE(out_.str().find(R"("copied":1)"), std::string::npos);
  const std::array<std::string, 2> incomplete{"--data-dir", origin_};
  EXPECT_EQ(run_backup(incomplete, out_, errors_), 2);
  EXPECT_NE(errors_.str().find("--to is required"), std::string::npos) << errors_.str();
  const std::array<std::string, 1> help{"--help"};
  EXPECT_EQ(run_backup(help, out_, errors_), 0);
}

}  // namespace

}  // namespace partwise
