#include "store/disk/disk_live_blobs.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/blob_keys.hpp"
#include "support/faulty_file_system.hpp"
#include "support/run_task.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

using test::key_of;
using test::run_task;

class DiskLiveBlobsTest : public ::testing::Test {
 protected:
  DiskLiveBlobsTest() { EXPECT_TRUE(DiskLayout::open(*files_, directory_.path())); }

  void put(BlobKey key, std::string_view content) {
    ASSERT_TRUE(files_->write_small(paths_.blob(key), content));
  }
  BlobGroup list(std::uint32_t group) {
    auto listed = run_task(blobs_.list(group)).value();
    std::ranges::sort(listed.foreign_names);
    return listed;
  }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  test::FaultyFileSystem faulty_{*files_};
  InlineWorkerPool workers_;
  DiskPaths paths_{directory_.path()};
  DiskLiveBlobs blobs_{faulty_, workers_, directory_.path()};
};

using Names = std::vector<std::string>;
using Keys = std::vector<BlobKey>;

TEST_F(DiskLiveBlobsTest, ListsAGroupInAscendingOrder) {
  for (const int number : {9, 1, 200, 5}) put(key_of(0xa7, number), "x");
  put(key_of(0xa8, 1), "x");
  EXPECT_EQ(list(0xa7).keys,
            (Keys{key_of(0xa7, 1), key_of(0xa7, 5), key_of(0xa7, 9), key_of(0xa7, 200)}));
  EXPECT_EQ(list(0xa8).keys, Keys{key_of(0xa8, 1)});
  EXPECT_EQ(list(0xa9).keys, Keys());
}

TEST_F(DiskLiveBlobsTest, NamesWhatCannotBeABlobOnceInAllGroups) {
  ASSERT_TRUE(files_->write_small(directory_ / "blobs/a7/notes", ""));
  ASSERT_TRUE(files_->write_small(directory_ / "blobs/stray", ""));
  const std::string misplaced = "blobs/02/" + key_of(1, 1).text();
  ASSERT_TRUE(files_->write_small(directory_ / misplaced, ""));
  EXPECT_EQ(list(0).foreign_names, Names{"blobs/stray"});
  EXPECT_EQ(list(2).foreign_names, Names{misplaced});
  EXPECT_EQ(list(0xa7).foreign_names, Names{"blobs/a7/notes"});
  EXPECT_EQ(list(3).foreign_names, Names());
}

TEST_F(DiskLiveBlobsTest, TellsTheSizeOfEachKeyInTheirOrder) {
  put(key_of(1, 1), "four");
  put(key_of(2, 1), "");
  const auto sizes = run_task(blobs_.sizes({key_of(2, 1), key_of(3, 1), key_of(1, 1)})).value();
  ASSERT_EQ(sizes.size(), 3U);
  EXPECT_EQ(sizes[0], 0U);
  EXPECT_EQ(sizes[1].error().code, ErrorCode::not_found);
  EXPECT_EQ(sizes[2], 4U);
  EXPECT_EQ(faulty_.open_files(), 0U);
}

TEST_F(DiskLiveBlobsTest, AFailedBlobIsItsOwnMisfortuneAndTooManyFilesAreNoBlobs) {
  put(key_of(1, 1), "four");
  put(key_of(1, 2), "five!");
  const Keys keys{key_of(1, 1), key_of(1, 2)};
  faulty_.fail_call(1, ErrorCode::io_failure);
  const auto sizes = run_task(blobs_.sizes(keys)).value();
  EXPECT_EQ(sizes[0].error().code, ErrorCode::io_failure);
  EXPECT_EQ(sizes[1], 5U);
  faulty_.fail_call(1, ErrorCode::overloaded);
  EXPECT_EQ(run_task(blobs_.sizes(keys)).error().code, ErrorCode::overloaded);
}

TEST_F(DiskLiveBlobsTest, NeitherADirectoryNorAPipeHasASize) {
  ASSERT_TRUE(files_->make_directory(paths_.blob(key_of(1, 1))));
  ASSERT_EQ(::mkfifo(paths_.blob(key_of(1, 2)).c_str(), S_IRUSR | S_IWUSR), 0);
  const auto sizes = run_task(blobs_.sizes({key_of(1, 1), key_of(1, 2)})).value();
  EXPECT_EQ(sizes[0].error().code, ErrorCode::io_failure);
  EXPECT_EQ(sizes[1].error().code, ErrorCode::io_failure);
}

TEST_F(DiskLiveBlobsTest, FailsWhereADirectoryCannotBeListed) {
  faulty_.fail_verb("list", ErrorCode::io_failure);
  EXPECT_EQ(run_task(blobs_.list(1)).error().code, ErrorCode::io_failure);
}

}  // namespace

}  // namespace partwise
