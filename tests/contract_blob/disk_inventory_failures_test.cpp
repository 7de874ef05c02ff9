// What the checker does to a disk, counted, and a disk that fails under it.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "store/disk/disk_inventory.hpp"
#include "support/blob_keys.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

using test::key_of;
class DiskInventoryFailuresTest : public ::testing::Test {
 protected:
  DiskInventoryFailuresTest() { EXPECT_TRUE(DiskLayout::open(*files_, directory_.path())); }

  void put(BlobKey key) { ASSERT_TRUE(files_->write_small(paths_.blob(key), "content")); }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  test::FaultyFileSystem faulty_{*files_};
  DiskPaths paths_{directory_.path()};
  DiskInventory inventory_{faulty_, directory_.path()};
};

TEST_F(DiskInventoryFailuresTest, SetsAnyNumberAsideForTheSyncsOfTheirDirectories) {
  constexpr int kOrphans = 100;
  std::vector<BlobKey> keys;
  for (int number = 0; number < kOrphans; ++number) {
    const BlobKey key = key_of(number % 2, number);
    put(key);
    keys.push_back(key);
  }
  for (const BlobKey& key : keys) ASSERT_TRUE(inventory_.set_aside(key));
  ASSERT_TRUE(inventory_.sync_moves());
  const auto journal = faulty_.journal();
  EXPECT_EQ(std::ranges::count(journal, "rename_to_new"), kOrphans);
  EXPECT_EQ(std::ranges::count(journal, "sync_directory"), 3) << "lost+found and two of blobs";
  EXPECT_EQ(std::ranges::count(journal, "list"), 0);
  EXPECT_EQ(files_->list(paths_.lost_and_found())->size(), std::size_t{kOrphans});
  ASSERT_TRUE(inventory_.sync_moves());
  EXPECT_EQ(faulty_.journal().size(), journal.size()) << "there was nothing more to sync";
}

TEST_F(DiskInventoryFailuresTest, DoesNotSayThatMovesAreSyncedWhichAreNot) {
  put(key_of(1, 1));
  ASSERT_TRUE(inventory_.set_aside(key_of(1, 1)));
  faulty_.fail_verb("sync_directory", ErrorCode::io_failure);
  EXPECT_FALSE(inventory_.sync_moves());
  EXPECT_TRUE(files_->read_small(paths_.lost_and_found() + "/" + key_of(1, 1).text()));
}

TEST_F(DiskInventoryFailuresTest, SaysWhyItCouldNotMeasureSomething) {
  faulty_.fail_verb("examine", ErrorCode::io_failure);
  const Stray aside = inventory_.lost_and_found();
  EXPECT_EQ(aside.bytes, 0U);
  EXPECT_TRUE(aside.problem.contains("examine")) << aside.problem;
}

}  // namespace

}  // namespace partwise
