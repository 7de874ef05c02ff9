#include "core/lease_table.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace partwise {

namespace {

const FileId kFile{"file-1"};
const FileId kOther{"file-2"};

using Lease = LeaseTable::Lease;

}  // namespace

TEST(LeaseTable, HoldsAFileFromTheFirstLeaseToTheLast) {
  int released = 0;
  LeaseTable table([&released] { ++released; });
  EXPECT_FALSE(table.is_leased(kFile));
  std::optional<Lease> first(std::in_place, table, kFile);
  std::optional<Lease> second(std::in_place, table, kFile);
  EXPECT_TRUE(table.is_leased(kFile));
  EXPECT_FALSE(table.is_leased(kOther));
  first.reset();
  EXPECT_TRUE(table.is_leased(kFile));
  EXPECT_EQ(released, 0);
  second.reset();
  EXPECT_FALSE(table.is_leased(kFile));
  EXPECT_EQ(released, 1);
}

TEST(LeaseTable, HasForgottenTheFileWhenItTellsOfItsRelease) {
  bool still_leased = true;
  LeaseTable* seen = nullptr;
  LeaseTable table([&] { still_leased = seen->is_leased(kFile); });
  seen = &table;
  {
    const Lease lease(table, kFile);
  }
  EXPECT_FALSE(still_leased);
}

TEST(Lease, EndsOnceHoweverItIsMoved) {
  int released = 0;
  LeaseTable table([&released] { ++released; });
  {
    Lease first(table, kFile);
    Lease second(std::move(first));
    Lease third;
    third = std::move(second);
    EXPECT_TRUE(table.is_leased(kFile));
    EXPECT_EQ(released, 0);
  }
  EXPECT_EQ(released, 1);
  EXPECT_FALSE(table.is_leased(kFile));
}

TEST(Lease, GivesUpItsFileForTheOneThatIsMovedIntoIt) {
  LeaseTable table;
  Lease lease(table, kFile);
  lease = Lease(table, kOther);
  EXPECT_FALSE(table.is_leased(kFile));
  EXPECT_TRUE(table.is_leased(kOther));
  Lease& same = lease;
  lease = std::move(same);
  EXPECT_TRUE(table.is_leased(kOther));
}

}  // namespace partwise
