#include "disk.hpp"

#include <gtest/gtest.h>

#include "disk_view.hpp"

namespace partwise::sim {
namespace {

const std::string kPath = "data/name";

class SimulatedDisk : public testing::Test {
 protected:
  SimulatedDisk() { disk_.directories.try_emplace("data"); }

  std::unique_ptr<File> write(const std::string& content) {
    auto file = view_.open_nameless("data").value();
    EXPECT_TRUE(file->write_at(0, as_bytes(content)));
    return file;
  }
  void sync_directory() { EXPECT_TRUE(view_.open_directory("data").value()->sync()); }
  void lose_power() {
    disk_.freeze(Ending::power_loss);
    disk_.end();
  }
  // How the content comes back from many losses of power, each after `prepare`.
  template <class Prepare>
  std::set<std::string> after_power_loss(Prepare prepare) {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
      disk_.directories["data"].clear();
      prepare();
      lose_power();
      const auto inode = disk_.find(kPath);
      seen.insert(inode ? inode->now : "(none)");
    }
    return seen;
  }

  Dice dice_{1};
  Trace trace_{false};
  Scheduler scheduler_{dice_, trace_};
  Disk disk_{dice_, kMiB};
  DiskView view_{disk_, scheduler_, 1, Mutation::none};
};

TEST_F(SimulatedDisk, KeepsWhatWasSyncedWithItsName) {
  const auto seen = after_power_loss([&] {
    const auto file = write("abc");
    ASSERT_TRUE(file->sync_data());
    ASSERT_TRUE(view_.link(*file, kPath));
    sync_directory();
  });
  EXPECT_EQ(seen, std::set<std::string>{"abc"});
}

TEST_F(SimulatedDisk, LosesOrKeepsANameWithoutASyncOfItsDirectory) {
  const auto seen = after_power_loss([&] {
    const auto file = write("abc");
    ASSERT_TRUE(file->sync_data());
    ASSERT_TRUE(view_.link(*file, kPath));
  });
  EXPECT_EQ(seen, (std::set<std::string>{"abc", "(none)"}));
}

TEST_F(SimulatedDisk, TearsContentThatWasNotSynced) {
  const std::string content(2 * Inode::kPageBytes, 'x');
  const auto seen = after_power_loss([&] {
    const auto file = write(content);
    ASSERT_TRUE(view_.link(*file, kPath));
    sync_directory();
  });
  const std::string half(Inode::kPageBytes / 2, 'x');
  EXPECT_TRUE(seen.contains(content));
  EXPECT_TRUE(seen.contains(""));
  EXPECT_TRUE(seen.contains(half));
  EXPECT_TRUE(seen.contains(half + std::string(content.size() - half.size(), '\0')));
}

TEST_F(SimulatedDisk, LosesPagesForGoodWhenASyncFails) {
  const std::string content(4 * Inode::kPageBytes, 'x');
  const auto seen = after_power_loss([&] {
    const auto file = write(content);
    disk_.faults.sync_per_mille = 1000;
    ASSERT_FALSE(file->sync_data());
    disk_.faults.sync_per_mille = 0;
    ASSERT_TRUE(file->sync_data());
    ASSERT_TRUE(view_.link(*file, kPath));
    sync_directory();
  });
  EXPECT_GT(seen.size(), 4U);
}

TEST_F(SimulatedDisk, KeepsEverythingWhenOnlyTheProcessEnds) {
  const auto file = write("abc");
  ASSERT_TRUE(view_.link(*file, kPath));
  disk_.freeze(Ending::kill);
  disk_.end();
  ASSERT_TRUE(disk_.find(kPath));
  EXPECT_EQ(disk_.find(kPath)->now, "abc");
  // And still loses it when the power goes later.
  lose_power();
  EXPECT_TRUE(!disk_.find(kPath) || disk_.find(kPath)->now.size() <= 3);
}

TEST_F(SimulatedDisk, ForgetsWhatWasDoneAfterTheMomentOfTheCrash) {
  disk_.freeze_before_change(2, Ending::kill);
  const auto file = write("abc");
  ASSERT_TRUE(view_.link(*file, kPath));
  ASSERT_TRUE(disk_.is_frozen());
  disk_.end();
  EXPECT_FALSE(disk_.find(kPath));
}

TEST_F(SimulatedDisk, IsFullWhereItsBytesAreUsed) {
  disk_.capacity = 4;
  const auto file = write("abc");
  const auto more = file->write_at(3, as_bytes("de"));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::out_of_space);
  EXPECT_TRUE(file->write_at(3, as_bytes("d")));
}

}  // namespace
}  // namespace partwise::sim
