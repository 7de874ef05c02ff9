// A backup of damaged metadata: it never says whole of a copy in which fsck finds anything.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "server/backup_command.hpp"
#include "server/fsck_command.hpp"
#include "store/sqlite/database.hpp"
#include "support/stopped_server.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

constexpr std::size_t kPageBytes = 4096;

class BackupDamageTest : public ::testing::Test {
 protected:
  BackupDamageTest() {
    const auto database = sqlite::Database::open({.path = metadata_}).value();
    EXPECT_TRUE(database->checkpoint(SQLITE_CHECKPOINT_TRUNCATE, std::chrono::seconds(1)).value());
  }

  // Everything is in the file of the database, and no log lies beside it.
  std::string read_metadata() {
    forget_log();
    std::ifstream file(metadata_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write_metadata(const std::string& content) {
    forget_log();
    std::ofstream(metadata_, std::ios::binary) << content;
  }
  void forget_log() {
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(metadata_ + suffix);
  }
  void change(const char* sql) {
    ASSERT_TRUE(sqlite::Database::open({.path = metadata_}).value()->execute(sql)) << sql;
  }
  int run(bool json = false) {
    std::filesystem::remove_all(copy_);
    out_.str("");
    errors_.str("");
    return run_backup({.backup = {.data_dir = origin_, .to = copy_}, .json = json}, out_, errors_);
  }
  int check_copy() {
    std::ostringstream out;
    return run_fsck({.data_dir = copy_}, out, out);
  }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  const std::string origin_ = directory_ / "data";
  const std::string copy_ = directory_ / "copy";
  const std::string metadata_ = origin_ + "/metadata.sqlite3";
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  const test::StoppedServer server_{*files_, origin_};
  std::ostringstream out_;
  std::ostringstream errors_;
};

TEST_F(BackupDamageTest, SaysWholeOfNoCopyInWhichAPageIsLostAndFsckFindsIt) {
  const std::string whole = read_metadata();
  ASSERT_EQ(whole.size() % kPageBytes, 0U);
  int told = 0;
  for (std::size_t at = 0; at < whole.size(); at += kPageBytes) {
    std::string damaged = whole;
    damaged.replace(at, kPageBytes, kPageBytes, '\0');
    write_metadata(damaged);
    if (run() == 0) {
      EXPECT_EQ(check_copy(), 0) << "page " << at / kPageBytes + 1 << ": " << out_.str();
    } else {
      ++told;
    }
  }
  EXPECT_GT(told, 10);
  write_metadata(whole);
  EXPECT_EQ(run(), 0) << errors_.str() << out_.str();
}

TEST_F(BackupDamageTest, TellsRowsThatContradictEachOther) {
  change("UPDATE files SET crc64 = crc64 + 1");
  EXPECT_EQ(run(), 1) << errors_.str();
  EXPECT_TRUE(out_.str().starts_with(
      "contradiction metadata: The CRC64 of file file-1 is not that of its manifest.\n"))
      << out_.str();
  EXPECT_EQ(check_copy(), 1) << "the copy is made";
  EXPECT_EQ(run(true), 1);
  EXPECT_NE(out_.str().find(R"("findings":[{"kind":"contradiction","subject":"metadata",)"
                            R"("sentence":"The CRC64 of file file-1)"),
            std::string::npos)
      << out_.str();
}

TEST_F(BackupDamageTest, TellsABlobThatHasTwoOwners) {
  const std::string key = server_.key.text();
  change("INSERT INTO intents (key, run) SELECT substr(manifest, 1, 16), 'run' FROM files");
  EXPECT_EQ(run(), 1) << errors_.str();
  EXPECT_EQ(out_.str().substr(0, out_.str().find('\n')),
            "shared_blob " + key + ": The blob of garbage has another owner too.");
  EXPECT_EQ(check_copy(), 1);
}

TEST_F(BackupDamageTest, TellsGarbageThatIsNamedTwice) {
  change("INSERT INTO reap_jobs (kind, owner_seq, keys) SELECT 'part_rows', 1, key FROM intents");
  EXPECT_EQ(run(), 1) << errors_.str();
  EXPECT_EQ(out_.str().substr(0, out_.str().find('\n')),
            "shared_blob " + BlobKey{}.text() + ": The blob of garbage has another owner too.");
  EXPECT_EQ(check_copy(), 1);
}

TEST_F(BackupDamageTest, TellsCountersThatAreWrong) {
  change("UPDATE projects SET stored_bytes = stored_bytes + 1");
  change("UPDATE usage SET count = count + 1 WHERE kind = 'file'");
  EXPECT_EQ(run(), 1) << errors_.str();
  EXPECT_NE(out_.str().find("wrong_counter default: The project is billed 6 bytes and stores 5.\n"),
            std::string::npos)
      << out_.str();
  EXPECT_NE(out_.str().find("wrong_counter default: The counter file "), std::string::npos)
      << out_.str();
  EXPECT_NE(out_.str().find(": 2 findings.\n"), std::string::npos) << out_.str();
}

}  // namespace

}  // namespace partwise
