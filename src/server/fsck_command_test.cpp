#include "server/fsck_command.hpp"

#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "core/blob.hpp"
#include "server/data_directory.hpp"
#include "store/disk/disk_layout.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/manual_clock.hpp"
#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

class FsckCommandTest : public ::testing::Test {
 protected:
  // What a server that was started and stopped leaves.
  FsckCommandTest() {
    auto data = DataDirectory::open(*files_, directory_.path(), Durability::strict).value();
    EXPECT_TRUE(DiskLayout::open(*files_, directory_.path()));
    SqliteOptions metadata;
    metadata.path = data->metadata_path();
    EXPECT_TRUE(SqliteStore::open(std::move(metadata), clock_, log_));
    EXPECT_TRUE(data->mark_clean_stop());
  }

  int run(FsckOptions options = {}) {
    out_.str("");
    errors_.str("");
    options.data_dir = directory_.path();
    return run_fsck(options, out_, errors_);
  }

  void put_orphan() {
    ASSERT_TRUE(files_->write_small(DiskPaths(directory_.path()).blob(BlobKey{}), "orphan"));
  }

  // A file of one blob.
  void put_file() {
    const std::string content = "content";
    ASSERT_TRUE(files_->write_small(DiskPaths(directory_.path()).blob(BlobKey{}), content));
    Crc64 crc;
    crc.update(as_bytes(content));
    SqliteOptions metadata;
    metadata.path = directory_ / "metadata.sqlite3";
    const auto store = SqliteStore::open(std::move(metadata), clock_, log_).value();
    ASSERT_TRUE(test::run_task(store->record_intent(BlobKey{}, {"run"})));
    NewFile file{.id = {"file-1"},
                 .project = {"default"},
                 .filename = "a",
                 .ttl = {},
                 .blob = {.key = {}, .bytes = content.size(), .crc64 = crc.value()},
                 .md5 = {}};
    ASSERT_TRUE(test::run_task(store->create_file(std::move(file))));
  }

  void lose_power() {
    const RunMark mark{
        .durability = Durability::relaxed, .boot_id = "another boot", .stopped_clean = false};
    ASSERT_TRUE(files_->write_small(directory_ / "run", run_mark_text(mark)));
  }

  bool may_be_served() {
    return DataDirectory::open(*files_, directory_.path(), Durability::relaxed).has_value();
  }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  test::ManualClock clock_;
  NullLog log_;
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST_F(FsckCommandTest, IsCleanAfterAnOrdinaryRun) {
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(out_.str(), directory_.path() +
                            ": 0 bytes billed, 0 garbage, 0 in staging, 0 orphaned; 0 on disk.\n" +
                            directory_.path() +
                            ": 0 blobs (0 bytes) read, 0 findings, 0 repaired: clean.\n");
  EXPECT_EQ(errors_.str(), "");
}

TEST_F(FsckCommandTest, TellsFindingsInTextAndByItsExitCode) {
  put_orphan();
  EXPECT_EQ(run(), 1);
  EXPECT_TRUE(out_.str().starts_with(
      "orphan_blob 00000000000000000000000000000000: No part, no file and no garbage row knows "
      "this blob.\n"));
  EXPECT_NE(out_.str().find("1 findings, 0 repaired: not clean."), std::string::npos);
}

TEST_F(FsckCommandTest, TellsFindingsInJson) {
  put_orphan();
  EXPECT_EQ(run({.json = true}), 1);
  EXPECT_EQ(out_.str(),
            R"({"data_dir":")" + directory_.path() +
                R"(","clean":false,"damaged":true,"server_refuses":false,"blobs_read":0,)"
                R"("bytes_read":0,"billed_bytes":0,"garbage_bytes":0,"staging_bytes":0,)"
                R"("orphan_bytes":6,"disk_bytes":6,)"
                R"("findings_total":1,"repaired_total":0,"findings":[{)"
                R"("kind":"orphan_blob","subject":"00000000000000000000000000000000",)"
                R"("sentence":"No part, no file and no garbage row knows this blob.",)"
                R"("repaired":false}]})"
                "\n");
}

TEST_F(FsckCommandTest, RestsAsTheRateAsks) {
  put_file();
  std::vector<std::chrono::milliseconds> rests;
  const auto note = [&](std::chrono::milliseconds time) { rests.push_back(time); };
  EXPECT_EQ(run({.scrub_rate = 1024, .rest = note}), 0);
  EXPECT_EQ(rests, std::vector<std::chrono::milliseconds>{std::chrono::seconds{64}});
  rests.clear();
  EXPECT_EQ(run({.rest = note}), 0);
  EXPECT_EQ(rests, std::vector<std::chrono::milliseconds>{std::chrono::seconds{0}});
  rests.clear();
  const std::array<std::string, 4> arguments{"--data-dir", directory_.path(), "--scrub-rate",
                                             "2KiB"};
  EXPECT_EQ(run_fsck(arguments, out_, errors_, note), 0);
  EXPECT_EQ(rests, std::vector<std::chrono::milliseconds>{std::chrono::seconds{32}});
}

TEST_F(FsckCommandTest, RepairsAndIsCleanTheNextTime) {
  put_orphan();
  EXPECT_EQ(run({.repair = true}), 1);
  EXPECT_NE(out_.str().find("Moved to lost+found."), std::string::npos);
  EXPECT_EQ(files_->read_small(directory_ / "lost+found/00000000000000000000000000000000"),
            "orphan");
  EXPECT_EQ(run(), 0);
}

TEST_F(FsckCommandTest, PrintsNoControlCharacterOfAForeignName) {
  ASSERT_TRUE(files_->write_small(directory_ / "blobs/\x1b[2Jx\n\xE2\x80\xAE", ""));
  EXPECT_EQ(run(), 1);
  EXPECT_TRUE(out_.str().starts_with("foreign_file blobs/\\x1b[2Jx\\x0a\\u{202e}: "));
}

TEST_F(FsckCommandTest, CannotRunBesideAServer) {
  const auto server = DataDirectory::open(*files_, directory_.path(), Durability::strict).value();
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(errors_.str(), "partwise fsck: " + directory_.path() +
                               " is in use by another Partwise, which holds " + directory_.path() +
                               "/lock.\n");
}

TEST_F(FsckCommandTest, CannotRunWhereThereIsNoDataDirectory) {
  const FsckOptions options{.data_dir = directory_ / "nowhere"};
  EXPECT_EQ(run_fsck(options, out_, errors_), 2);
  EXPECT_NE(errors_.str().find("is not a Partwise data directory"), std::string::npos);
}

TEST_F(FsckCommandTest, CannotRunWithoutMetadata) {
  ASSERT_TRUE(files_->remove(directory_ / "metadata.sqlite3"));
  put_orphan();
  EXPECT_EQ(run({.repair = true}), 2);
  EXPECT_TRUE(files_->read_small(DiskPaths(directory_.path()).blob(BlobKey{})));
}

TEST_F(FsckCommandTest, LetsAServerInAgainAfterAPowerLossOnlyWithRepair) {
  lose_power();
  EXPECT_FALSE(may_be_served());
  EXPECT_EQ(run(), 0);
  EXPECT_NE(out_.str().find("--repair"), std::string::npos);
  EXPECT_FALSE(may_be_served());
  put_orphan();
  EXPECT_EQ(run({.repair = true}), 1);
  EXPECT_TRUE(may_be_served());
}

TEST_F(FsckCommandTest, ReadsItsArguments) {
  put_orphan();
  const std::array<std::string, 4> arguments{"--data-dir", directory_.path(), "--json", "--repair"};
  EXPECT_EQ(run_fsck(arguments, out_, errors_), 1);
  EXPECT_NE(out_.str().find(R"("repaired":true)"), std::string::npos);
  const std::array<std::string, 1> wrong{"--rapair"};
  EXPECT_EQ(run_fsck(wrong, out_, errors_), 2);
  EXPECT_NE(errors_.str().find("partwise fsck --help"), std::string::npos);
  const std::array<std::string, 1> help{"--help"};
  EXPECT_EQ(run_fsck(help, out_, errors_), 0);
}

}  // namespace

}  // namespace partwise
