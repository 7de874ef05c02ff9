#include "store/disk/disk_inventory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

BlobKey key_of(int fan_out) {
  BlobKey key;
  key.bytes[0] = static_cast<std::byte>(fan_out);
  key.bytes[15] = std::byte{1};
  return key;
}

class DiskInventoryTest : public ::testing::Test {
 protected:
  DiskInventoryTest() { EXPECT_TRUE(DiskLayout::open(*files_, directory_.path())); }

  void write(const std::string& path, std::string_view content = "content") {
    ASSERT_TRUE(files_->write_small(directory_ / path, content));
  }
  void put(BlobKey key, std::string_view content = "content") {
    ASSERT_TRUE(files_->write_small(paths_.blob(key), content));
  }
  std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    for (const auto& entry : files_->list(path).value()) names.push_back(entry.name);
    std::ranges::sort(names);
    return names;
  }
  std::vector<std::string> foreign() {
    std::vector<std::string> names;
    for (const Stray& stray : inventory_.foreign().value()) names.push_back(stray.name);
    std::ranges::sort(names);
    return names;
  }

  test::TemporaryDirectory directory_{test::TemporaryDirectory::On::memory};
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  DiskPaths paths_{directory_.path()};
  DiskInventory inventory_{*files_, directory_.path()};
};

using Names = std::vector<std::string>;

TEST_F(DiskInventoryTest, ListsEveryBlobWhereTheStorePutsIt) {
  put(key_of(0));
  put(key_of(0xa7));
  put(key_of(255));
  auto keys = inventory_.keys().value();
  std::ranges::sort(keys);
  EXPECT_EQ(keys, (std::vector<BlobKey>{key_of(0), key_of(0xa7), key_of(255)}));
  EXPECT_TRUE(foreign().empty());
  EXPECT_EQ(names_in(paths_.blobs() + "/a7"), Names{key_of(0xa7).text()});
}

TEST_F(DiskInventoryTest, ReadsABlobOfAnySize) {
  for (const std::size_t bytes :
       {0UZ, 1UZ, std::size_t{kMiB} - 1, std::size_t{kMiB}, std::size_t{kMiB} + 1}) {
    const std::string content(bytes, 'x');
    put(key_of(1), content);
    Crc64 crc;
    crc.update(as_bytes(content));
    const auto read = inventory_.read(key_of(1)).value();
    EXPECT_EQ(read.bytes, bytes);
    EXPECT_EQ(read.crc64, crc.value());
  }
  EXPECT_EQ(inventory_.read(key_of(2)).error().code, ErrorCode::not_found);
}

TEST_F(DiskInventoryTest, MeasuresBlobsAndStaging) {
  put(key_of(1), "four");
  EXPECT_EQ(inventory_.bytes_of(key_of(1)), 4U);
  EXPECT_EQ(inventory_.bytes_of(key_of(2)).error().code, ErrorCode::not_found);
  EXPECT_EQ(inventory_.staged_bytes(), 0U);
  write("staging/" + std::string(kNamedStagingPrefix) + "1", "123");
  write("staging/left", "12345");
  ASSERT_TRUE(files_->make_directory(directory_ / "staging/folder"));
  EXPECT_EQ(inventory_.staged_bytes(), 8U);
}

TEST_F(DiskInventoryTest, TellsOfEachReadBeforeTheNext) {
  put(key_of(1), std::string(2 * kMiB + 5, 'x'));
  std::vector<std::uint64_t> reads;
  DiskInventory inventory(*files_, directory_.path(),
                          [&](std::uint64_t bytes) { reads.push_back(bytes); });
  ASSERT_TRUE(inventory.read(key_of(1)));
  EXPECT_EQ(reads, (std::vector<std::uint64_t>{kMiB, kMiB, 5}));
}

TEST_F(DiskInventoryTest, NamesWhatCannotBeABlob) {
  const std::string misplaced = "blobs/02/" + key_of(1).text();
  const std::string capitals = "blobs/a7/A7" + std::string(30, '0');
  write("blobs/notes.txt");
  write("blobs/00/short");
  write(misplaced);
  write(capitals);
  ASSERT_TRUE(files_->make_directory(directory_ / "blobs/AB"));
  ASSERT_TRUE(files_->make_directory(directory_ / "blobs/00" + "/inner"));
  EXPECT_EQ(foreign(), (Names{"blobs/00/inner", "blobs/00/short", misplaced, "blobs/AB", capitals,
                              "blobs/notes.txt"}));
  EXPECT_TRUE(inventory_.keys()->empty());
}

TEST_F(DiskInventoryTest, FollowsADirectoryOfBlobsToAnotherDisk) {
  const test::TemporaryDirectory elsewhere;
  std::filesystem::remove(directory_ / "blobs/89");
  std::filesystem::create_directory_symlink(elsewhere.path(), directory_ / "blobs/89");
  put(key_of(0x89), "moved");
  EXPECT_EQ(inventory_.keys(), std::vector<BlobKey>{key_of(0x89)});
  EXPECT_TRUE(foreign().empty());
}

TEST_F(DiskInventoryTest, WhatIsInThePlaceOfADirectoryOfBlobsIsNotToBeMoved) {
  for (const std::string name : {"blobs/89", "blobs/8a"}) {
    std::filesystem::remove(directory_ / name);
  }
  std::filesystem::create_directory_symlink(directory_ / "not mounted", directory_ / "blobs/89");
  write("blobs/8a");
  write("blobs/8A");
  auto strays = inventory_.foreign().value();
  std::ranges::sort(strays);
  EXPECT_EQ(strays, (std::vector<Stray>{{.name = "blobs/89", .is_movable = false},
                                        {.name = "blobs/8A", .is_movable = true},
                                        {.name = "blobs/8a", .is_movable = false}}));
}

TEST_F(DiskInventoryTest, SetsBlobsAndNamesAsideAndDeletesNothing) {
  put(key_of(1), "first");
  ASSERT_TRUE(inventory_.set_aside(key_of(1)));
  put(key_of(1), "second");
  ASSERT_TRUE(inventory_.set_aside(key_of(1)));
  write("blobs/00/short", "short");
  ASSERT_TRUE(inventory_.set_aside("blobs/00/short"));
  EXPECT_TRUE(inventory_.keys()->empty());
  EXPECT_TRUE(foreign().empty());
  const std::string name = key_of(1).text();
  const std::string aside = paths_.lost_and_found() + "/";
  EXPECT_EQ(names_in(paths_.lost_and_found()), (Names{name, name + ".1", "short"}));
  EXPECT_EQ(files_->read_small(aside + name), "first");
  EXPECT_EQ(files_->read_small(aside + name + ".1"), "second");
}

TEST_F(DiskInventoryTest, NamesWhatIsLeftInStaging) {
  EXPECT_TRUE(inventory_.staged_names()->empty());
  write("staging/anything");
  write("staging/staged-0123456789abcdef");
  auto names = inventory_.staged_names().value();
  std::ranges::sort(names);
  EXPECT_EQ(names, (Names{"staging/anything", "staging/staged-0123456789abcdef"}));
  for (const auto& name : names) ASSERT_TRUE(inventory_.set_aside(name));
  EXPECT_TRUE(inventory_.staged_names()->empty());
}

TEST_F(DiskInventoryTest, ToleratesNamedStagingWhereNothingElseIsPossible) {
  const auto named = make_posix_file_system(NamelessFiles::never);
  DiskInventory inventory(*named, directory_.path());
  write("staging/anything");
  write("staging/staged-0123456789abcdef");
  EXPECT_EQ(inventory.staged_names(), Names{"staging/anything"});
  EXPECT_EQ(names_in(paths_.staging()), (Names{"anything", "staged-0123456789abcdef"}));
}

TEST_F(DiskInventoryTest, FindsNothingInADirectoryThatWasNeverServed) {
  const test::TemporaryDirectory empty(test::TemporaryDirectory::On::memory);
  DiskInventory inventory(*files_, empty.path());
  EXPECT_TRUE(inventory.keys()->empty());
  EXPECT_TRUE(inventory.foreign()->empty());
  EXPECT_TRUE(inventory.staged_names()->empty());
}

}  // namespace

}  // namespace partwise
