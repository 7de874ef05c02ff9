#include "store/disk/disk_inventory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "support/blob_keys.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

using test::key_of;
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
  std::vector<Stray> staged() {
    auto strays = inventory_.staged().value();
    std::ranges::sort(strays);
    return strays;
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
  EXPECT_TRUE(inventory_.staged()->empty());
  write("staging/" + std::string(kNamedStagingPrefix) + "1", "123");
  write("staging/left", "12345");
  ASSERT_TRUE(files_->make_directory(directory_ / "staging/folder"));
  write("staging/folder/inside", "1234567");
  EXPECT_EQ(staged(),
            (std::vector<Stray>{
                {.name = "staging/folder", .bytes = 7},
                {.name = "staging/left", .bytes = 5},
                {.name = "staging/" + std::string(kNamedStagingPrefix) + "1", .bytes = 3}}));
}

TEST_F(DiskInventoryTest, MeasuresWhatIsForeignWithAllThatIsUnderIt) {
  ASSERT_TRUE(files_->make_directories(directory_ / "blobs/folder/inner"));
  write("blobs/folder/one", "1");
  write("blobs/folder/inner/two", "22");
  // A way round in a circle, and one out of the directory.
  std::filesystem::create_directory_symlink(directory_ / "blobs", directory_ / "blobs/folder/loop");
  write("blobs/00/short", "short");
  auto strays = inventory_.foreign().value();
  std::ranges::sort(strays);
  EXPECT_EQ(strays, (std::vector<Stray>{{.name = "blobs/00/short", .bytes = 5},
                                        {.name = "blobs/folder", .bytes = 3}}));
  ASSERT_TRUE(inventory_.set_aside("blobs/folder"));
  write("lost+found/before", "7 bytes");
  EXPECT_EQ(inventory_.lost_and_found(), (Stray{.name = "lost+found", .bytes = 10}));
}

TEST_F(DiskInventoryTest, NamesWhatLiesBesideEverything) {
  EXPECT_TRUE(inventory_.unknown()->empty());
  write("notes", "1234");
  write("metadata", "12345");
  DiskInventory inventory(*files_, directory_.path(), {}, {"metadata"});
  EXPECT_EQ(inventory.unknown(), (std::vector<Stray>{{.name = "notes", .bytes = 4}}));
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
                                        {.name = "blobs/8A", .bytes = 7},
                                        {.name = "blobs/8a", .bytes = 7, .is_movable = false}}));
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
  write("staging/anything");
  write("staging/staged-0123456789abcdef");
  const auto strays = staged();
  EXPECT_EQ(strays, (std::vector<Stray>{{.name = "staging/anything", .bytes = 7},
                                        {.name = "staging/staged-0123456789abcdef", .bytes = 7}}));
  for (const Stray& stray : strays) ASSERT_TRUE(inventory_.set_aside(stray.name));
  EXPECT_TRUE(staged().empty());
}

TEST_F(DiskInventoryTest, ExpectsNamedStagingWhereNothingElseIsPossible) {
  const auto named = make_posix_file_system(NamelessFiles::never);
  DiskInventory inventory(*named, directory_.path());
  write("staging/anything");
  write("staging/staged-0123456789abcdef");
  auto strays = inventory.staged().value();
  std::ranges::sort(strays);
  ASSERT_EQ(strays.size(), 2U);
  EXPECT_FALSE(strays[0].is_expected);
  EXPECT_TRUE(strays[1].is_expected);
  EXPECT_EQ(names_in(paths_.staging()), (Names{"anything", "staged-0123456789abcdef"}));
}

TEST_F(DiskInventoryTest, FindsNothingInADirectoryThatWasNeverServed) {
  const test::TemporaryDirectory empty(test::TemporaryDirectory::On::memory);
  DiskInventory inventory(*files_, empty.path());
  EXPECT_TRUE(inventory.keys()->empty());
  EXPECT_TRUE(inventory.foreign()->empty());
  EXPECT_TRUE(inventory.staged()->empty());
  EXPECT_EQ(inventory.lost_and_found(), Stray{.name = "lost+found"});
}

}  // namespace

}  // namespace partwise
