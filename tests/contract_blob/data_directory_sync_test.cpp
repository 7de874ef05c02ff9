// What has to be on the disk before a mark in the data directory may say so.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/data_directory.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

class DataDirectorySync : public ::testing::Test {
 protected:
  Result<std::unique_ptr<DataDirectory>> open(Durability durability) {
    return DataDirectory::open(faulty_, directory_.path(), durability);
  }

  // Whether the volume was synced, once, and before the last mark was written.
  bool synced_before_the_mark() {
    const auto journal = faulty_.journal();
    const auto sync = std::ranges::find(journal, "sync_volume");
    return std::ranges::count(journal, "sync_volume") == 1 &&
           std::find(sync, journal.end(), "write_small") != journal.end();
  }

  std::string mark() { return real_->read_small(directory_ / "run").value_or("(none)"); }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> real_ = make_posix_file_system();
  test::FaultyFileSystem faulty_{*real_};
};

TEST_F(DataDirectorySync, ComesBeforeTheMarkOfACleanStopOfARelaxedRun) {
  const auto data = open(Durability::relaxed).value();
  faulty_.heal();
  ASSERT_TRUE(data->mark_clean_stop());
  EXPECT_TRUE(synced_before_the_mark());
}

TEST_F(DataDirectorySync, AFullDiskKeepsNoStrictServerFromStarting) {
  ASSERT_TRUE(open(Durability::strict).value()->mark_clean_stop());
  faulty_.fail_verb("write_small", ErrorCode::out_of_space);
  EXPECT_TRUE(open(Durability::strict));
  // A relaxed run cannot do without its mark.
  EXPECT_EQ(open(Durability::relaxed).error().code, ErrorCode::out_of_space);
}

TEST_F(DataDirectorySync, TheMarkThatIsThereIsNotWrittenAgain) {
  ASSERT_TRUE(open(Durability::relaxed));  // Ends without a clean stop, as a kill does.
  faulty_.fail_verb("write_small", ErrorCode::out_of_space);
  EXPECT_TRUE(open(Durability::relaxed));
}

TEST_F(DataDirectorySync, IsNoPartOfTheStopOfAStrictRun) {
  const auto data = open(Durability::strict).value();
  ASSERT_TRUE(data->mark_clean_stop());
  EXPECT_EQ(std::ranges::count(faulty_.journal(), "sync_volume"), 0);
}

TEST_F(DataDirectorySync, ComesBeforeTheNextRunForgetsAKilledRelaxedOne) {
  ASSERT_TRUE(open(Durability::relaxed));
  faulty_.heal();
  ASSERT_TRUE(open(Durability::strict));
  EXPECT_TRUE(synced_before_the_mark());
  faulty_.heal();
  ASSERT_TRUE(open(Durability::strict));
  EXPECT_EQ(std::ranges::count(faulty_.journal(), "sync_volume"), 0);
}

TEST_F(DataDirectorySync, LeavesTheMarkAsItWasWhereItFails) {
  auto data = open(Durability::relaxed).value();
  const std::string running = mark();
  faulty_.fail_verb("sync_volume", ErrorCode::io_failure);
  EXPECT_FALSE(data->mark_clean_stop());
  EXPECT_FALSE(data->mark_checked());
  EXPECT_EQ(mark(), running);
  data.reset();
  EXPECT_FALSE(open(Durability::strict));
  EXPECT_EQ(mark(), running);
}

TEST_F(DataDirectorySync, LeavesADirectoryThatOpensAgainWhereverOpeningFails) {
  bool failed = true;
  for (std::uint64_t n = 1; failed; ++n) {
    faulty_.heal();
    faulty_.fail_call(n, ErrorCode::io_failure);
    const auto opened = open(Durability::strict);
    failed = faulty_.failed_verb().has_value();
    // Without the id of the boot a run can still begin: it counts as another boot later.
    const bool may_open = !failed || faulty_.journal().back() != *faulty_.failed_verb();
    EXPECT_EQ(opened.has_value(), may_open) << n;
  }
  faulty_.heal();
  EXPECT_TRUE(open(Durability::strict));
}

}  // namespace

}  // namespace partwise
