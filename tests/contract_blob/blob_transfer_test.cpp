#include "store/disk/blob_transfer.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/hash.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

using test::TemporaryDirectory;

class BlobTransferTest : public ::testing::Test {
 protected:
  BlobTransferTest() { EXPECT_TRUE(DiskLayout::open(*files_, from_.path())); }

  // A blob of the origin, and what its row says of it.
  BlobRef put(int number, const std::string& content) {
    BlobRef blob{.key = {}, .bytes = content.size(), .crc64 = 0};
    blob.key.bytes[0] = static_cast<std::byte>(number);
    Crc64 crc;
    crc.update(as_bytes(content));
    blob.crc64 = crc.value();
    EXPECT_TRUE(files_->write_small(DiskPaths(from_.path()).blob(blob.key), content));
    return blob;
  }

  BlobTransfer transfer(TransferMode mode) {
    return {faulty_, DiskPaths(from_.path()), *layout_, mode};
  }

  // What it says is wrong with the blob.
  static std::optional<FindingKind> found(BlobTransfer&& moving, const BlobRef& blob) {
    return moving.transfer(blob).value();
  }

  std::string copied(const BlobRef& blob) {
    return files_->read_small(DiskPaths(to_.path()).blob(blob.key)).value_or("(none)");
  }

  TemporaryDirectory from_{TemporaryDirectory::On::memory};
  TemporaryDirectory to_{TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  test::FaultyFileSystem faulty_{*files_};
  std::unique_ptr<DiskLayout> layout_ = DiskLayout::open(faulty_, to_.path()).value();
};

constexpr std::optional<FindingKind> kWhole = std::nullopt;

TEST_F(BlobTransferTest, LinksAndReadsNothing) {
  const BlobRef blob = put(7, "content");
  faulty_.heal();
  auto linking = transfer(TransferMode::link);
  EXPECT_EQ(linking.transfer(blob).value(), kWhole);
  ASSERT_TRUE(linking.sync_names());
  EXPECT_EQ(faulty_.journal(),
            (std::vector<std::string>{"resolve", "resolve", "link_existing", "sync_directory"}));
  EXPECT_EQ(linking.figures().blobs, 1U);
  EXPECT_EQ(linking.figures().linked, 1U);
  EXPECT_EQ(linking.figures().bytes, 7U);
  ASSERT_TRUE(files_->remove(DiskPaths(from_.path()).blob(blob.key)));
  EXPECT_EQ(copied(blob), "content");
}

TEST_F(BlobTransferTest, CopiesBytesOfItsOwnAndSyncsThemBeforeTheName) {
  const BlobRef blob = put(7, std::string(3 * kMiB, 'x'));
  faulty_.heal();
  auto copying = transfer(TransferMode::copy);
  EXPECT_EQ(copying.transfer(blob).value(), kWhole);
  const auto journal = faulty_.journal();
  ASSERT_GE(journal.size(), 2U);
  EXPECT_EQ(journal[journal.size() - 2], "sync_data");
  EXPECT_EQ(journal.back(), "link");
  EXPECT_EQ(copying.figures().copied, 1U);
  EXPECT_EQ(copying.figures().linked, 0U);
  // Damage of the origin does not reach it.
  put(7, "damaged");
  const auto content = files_->open_read(DiskPaths(to_.path()).blob(blob.key)).value();
  EXPECT_EQ(content->size(), 3 * kMiB);
}

TEST_F(BlobTransferTest, CopiesABlobOfNoBytes) {
  const BlobRef blob = put(1, "");
  EXPECT_EQ(found(transfer(TransferMode::copy), blob), kWhole);
  EXPECT_EQ(copied(blob), "");
}

TEST_F(BlobTransferTest, FindsWhatIsMissingInBothModes) {
  const BlobRef missing{.key = {}, .bytes = 7, .crc64 = 7};
  for (const TransferMode mode : {TransferMode::link, TransferMode::copy}) {
    auto moving = transfer(mode);
    EXPECT_EQ(moving.transfer(missing).value(), FindingKind::missing_blob);
    EXPECT_EQ(moving.figures().blobs, 0U);
  }
}

TEST_F(BlobTransferTest, FindsOtherBytesOnlyInWhatItReads) {
  BlobRef damaged = put(1, "content");
  damaged.crc64 ^= 1;
  EXPECT_EQ(found(transfer(TransferMode::copy), damaged), FindingKind::damaged_blob);
  EXPECT_EQ(copied(damaged), "content");
  ASSERT_TRUE(files_->remove(DiskPaths(to_.path()).blob(damaged.key)));
  EXPECT_EQ(found(transfer(TransferMode::link), damaged), kWhole);
}

TEST_F(BlobTransferTest, FindsAnotherSizeInBothModes) {
  BlobRef shorter = put(1, "content");
  ++shorter.bytes;
  BlobRef longer = put(2, "content");
  --longer.bytes;
  for (const BlobRef& blob : {shorter, longer}) {
    for (const TransferMode mode : {TransferMode::copy, TransferMode::link}) {
      EXPECT_EQ(found(transfer(mode), blob), FindingKind::damaged_blob);
      EXPECT_EQ(copied(blob), "content");
      ASSERT_TRUE(files_->remove(DiskPaths(to_.path()).blob(blob.key)));
    }
  }
}

TEST_F(BlobTransferTest, FindsABlobThatItHasAlready) {
  const BlobRef blob = put(1, "content");
  for (const TransferMode mode : {TransferMode::link, TransferMode::copy}) {
    auto moving = transfer(mode);
    EXPECT_EQ(moving.has(blob.key), false);
    EXPECT_EQ(moving.transfer(blob).value(), kWhole);
    EXPECT_EQ(moving.has(blob.key), true);
    EXPECT_EQ(moving.transfer(blob).value(), FindingKind::shared_blob);
    EXPECT_EQ(moving.figures().blobs, 1U);
    ASSERT_TRUE(files_->remove(DiskPaths(to_.path()).blob(blob.key)));
  }
}

TEST_F(BlobTransferTest, TakesNothingButAFileForABlob) {
  const BlobRef blob{.key = {}, .bytes = 0, .crc64 = 0};
  const std::string path = DiskPaths(from_.path()).blob(blob.key);
  const auto expect_unreadable = [&] {
    for (const TransferMode mode : {TransferMode::link, TransferMode::copy}) {
      EXPECT_EQ(found(transfer(mode), blob), FindingKind::unreadable_blob);
      EXPECT_EQ(copied(blob), "(none)");
    }
  };
  ASSERT_EQ(::mkfifo(path.c_str(), S_IRUSR | S_IWUSR), 0);
  expect_unreadable();
  ASSERT_TRUE(files_->remove(path));
  ASSERT_EQ(::symlink(path.c_str(), path.c_str()), 0) << "a link in a circle";
  expect_unreadable();
}

TEST_F(BlobTransferTest, LinksTheFileBehindALinkAndNotTheLink) {
  const BlobRef blob = put(1, "content");
  const std::string path = DiskPaths(from_.path()).blob(blob.key);
  const std::string moved = from_ / "moved by hand";
  ASSERT_TRUE(files_->rename(path, moved));
  ASSERT_EQ(::symlink(moved.c_str(), path.c_str()), 0);
  EXPECT_EQ(found(transfer(TransferMode::link), blob), kWhole);
  ASSERT_TRUE(files_->remove(moved));
  EXPECT_EQ(copied(blob), "content");
}

TEST_F(BlobTransferTest, GoesOnAfterABlobThatCannotBeRead) {
  const BlobRef blob = put(1, "content");
  for (const std::string verb : {"open_read", "read_at"}) {
    faulty_.fail_verb(verb, ErrorCode::io_failure);
    EXPECT_EQ(found(transfer(TransferMode::copy), blob), FindingKind::unreadable_blob) << verb;
    EXPECT_EQ(copied(blob), "(none)") << verb;
  }
}

TEST_F(BlobTransferTest, EndsWhereTheTargetFails) {
  const BlobRef blob = put(1, "content");
  for (const std::string verb : {"open_nameless", "write_at", "sync_data", "link"}) {
    faulty_.fail_verb(verb, ErrorCode::out_of_space);
    const auto copied_blob = transfer(TransferMode::copy).transfer(blob);
    ASSERT_FALSE(copied_blob) << verb;
    EXPECT_EQ(copied_blob.error().code, ErrorCode::out_of_space) << verb;
    EXPECT_EQ(copied(blob), "(none)") << verb;
  }
  faulty_.fail_verb("link_existing", ErrorCode::out_of_space);
  EXPECT_FALSE(transfer(TransferMode::link).transfer(blob));
  faulty_.fail_verb("sync_directory", ErrorCode::io_failure);
  auto linking = transfer(TransferMode::link);
  EXPECT_EQ(linking.transfer(blob).value(), kWhole);
  EXPECT_FALSE(linking.sync_names());
}

}  // namespace

}  // namespace partwise
