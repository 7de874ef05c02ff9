#include "server/blob_home.hpp"

#include <gtest/gtest.h>

#include "support/seeded_random.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

class BlobHomeTest : public ::testing::Test {
 protected:
  Result<BlobHome> choose(const std::optional<BlobHome>& found, bool has_blobs = false) {
    return choose_blob_home(found, "DATA", "s3://bucket/a", has_blobs, random_);
  }

  const BlobHome home_{.location = "s3://bucket/a", .id = "abc", .is_claimed = true};
  test::SeededRandom random_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  const test::TemporaryDirectory directory_;
};

TEST_F(BlobHomeTest, IsReadAsItWasWritten) {
  EXPECT_EQ(read_blob_home(*files_, directory_.path()).value(), std::nullopt);
  for (const bool is_claimed : {false, true}) {
    BlobHome home = home_;
    home.is_claimed = is_claimed;
    ASSERT_TRUE(write_blob_home(*files_, directory_.path(), home));
    EXPECT_EQ(read_blob_home(*files_, directory_.path()).value(), home);
  }
}

TEST_F(BlobHomeTest, IsNotGuessedWhereItsFileIsDamaged) {
  const std::string whole = blob_home_text(home_);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_blob_home(whole.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_blob_home(whole + "more\n"));
  EXPECT_FALSE(parse_blob_home("location x\nmetadata y\nstate other\n"));
  ASSERT_TRUE(files_->write_small(directory_ / "blob-store", "?"));
  EXPECT_EQ(read_blob_home(*files_, directory_.path()).error().code, ErrorCode::invalid_request);
  EXPECT_FALSE(require_blobs_here(*files_, directory_.path(), "."));
}

TEST_F(BlobHomeTest, IsADirectoryItselfWhereNothingElseIsSaid) {
  EXPECT_TRUE(require_blobs_here(*files_, directory_.path(), "."));
  ASSERT_TRUE(write_blob_home(*files_, directory_.path(), home_));
  const auto refused = require_blobs_here(*files_, directory_.path(), ": give them.");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "the blobs of " + directory_.path() + " are in s3://bucket/a: give them.");
}

TEST_F(BlobHomeTest, StaysTheSameAndIsNewOnlyWhereThereWereNoBlobs) {
  EXPECT_EQ(choose(home_).value(), home_);
  const auto made = choose(std::nullopt).value();
  EXPECT_EQ(made.location, "s3://bucket/a");
  EXPECT_EQ(made.id.size(), 32U);
  EXPECT_FALSE(made.is_claimed);
  EXPECT_NE(choose(std::nullopt).value().id, made.id);
  EXPECT_FALSE(choose(std::nullopt, true));
  BlobHome other = home_;
  other.location = "s3://bucket/b";
  EXPECT_FALSE(choose(other));
}

}  // namespace

}  // namespace partwise
