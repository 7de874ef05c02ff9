// What a check with Repair::yes changes, and what it leaves alone.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "support/checker_fixture.hpp"

namespace partwise::test {

namespace {

TEST_F(CheckerTest, MendsEveryCounterAtOnceAndIsCleanAfterwards) {
  catalog_.billed[0].recorded_bytes = 5;
  miscount("The counter of files is wrong.");
  const auto report = run(Repair::yes);
  EXPECT_EQ(report.findings_total, 2U);
  EXPECT_EQ(report.repaired_total, 2U);
  EXPECT_FALSE(report.is_damaged());
  EXPECT_EQ(catalog_.mendings, 1);
  EXPECT_TRUE(run(Repair::yes).is_clean());
  EXPECT_EQ(catalog_.mendings, 1);
}

TEST_F(CheckerTest, SetsOrphansAsideThoughACounterIsWrong) {
  inventory_.put(key_of(9), "orphan");
  miscount("The counter of files is wrong.");
  EXPECT_EQ(run(Repair::yes).repaired_total, 2U);
  EXPECT_EQ(inventory_.aside, std::set<std::string>{key_of(9).text()});
}

TEST_F(CheckerTest, MendsNoCounterWhileTheRowsContradictEachOther) {
  miscount("The counter of files is wrong.");
  catalog_.sentences.emplace_back("Upload upload_1 has 2 parts and counts 3.");
  EXPECT_EQ(run(Repair::yes).repaired_total, 0U);
  EXPECT_EQ(catalog_.mendings, 0);
}

TEST_F(CheckerTest, RepairsBySettingAsideAndIsCleanAfterwards) {
  inventory_.put(key_of(9), "orphan");
  inventory_.in_staging.insert({.name = "staging/left", .bytes = 12});
  inventory_.strays.insert({.name = "blobs/notes.txt"});
  const auto report = run(Repair::yes);
  EXPECT_EQ(report.findings_total, 3U);
  EXPECT_EQ(report.repaired_total, 3U);
  EXPECT_FALSE(report.is_clean());
  EXPECT_FALSE(report.is_damaged());
  EXPECT_EQ(inventory_.aside,
            (std::set<std::string>{key_of(9).text(), "staging/left", "blobs/notes.txt"}));
  EXPECT_EQ(inventory_.moves_synced, 3U);
  EXPECT_TRUE(run().is_clean());
}

TEST_F(CheckerTest, GoesOnWhereSomethingCannotBeMovedAndSaysWhy) {
  inventory_.put(key_of(8), "on another disk");
  inventory_.put(key_of(9), "orphan");
  inventory_.immovable.insert(key_of(8).text());
  const auto report = run(Repair::yes);
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_FALSE(report.findings[0].repaired);
  EXPECT_TRUE(report.findings[0].sentence.ends_with(" It could not be moved: could not move it."));
  EXPECT_TRUE(report.findings[1].repaired);
  EXPECT_TRUE(report.is_damaged());
}

TEST_F(CheckerTest, SetsNothingAsideWhileTheRowsContradictEachOther) {
  inventory_.put(key_of(9), "perhaps of a row that is damaged");
  inventory_.in_staging.insert({.name = "staging/left", .bytes = 12});
  inventory_.strays.insert({.name = "blobs/notes.txt"});
  catalog_.sentences.emplace_back("Upload upload_1 is completed, and its file file-1 has no row.");
  const auto report = run(Repair::yes);
  EXPECT_EQ(report.findings_total, 4U);
  EXPECT_EQ(report.repaired_total, 0U);
  EXPECT_TRUE(report.is_damaged());
  EXPECT_TRUE(inventory_.aside.empty());
}

TEST_F(CheckerTest, SetsNothingAsideWhileABlobHasTwoOwners) {
  own(catalog_.blobs[0].ref, CatalogBlob::Owner::file, "file-9",
      {.upload_id = {}, .number = 1, .count = 1, .offset = 0});
  inventory_.put(key_of(9), "perhaps the blob of one of the two");
  inventory_.strays.insert({.name = "blobs/notes.txt"});
  const auto report = run(Repair::yes);
  EXPECT_EQ(report.findings_total, 3U);
  EXPECT_EQ(report.repaired_total, 0U);
  EXPECT_TRUE(inventory_.aside.empty());
}

TEST_F(CheckerTest, LeavesWhatIsInThePlaceOfADirectoryOfBlobs) {
  inventory_.strays.insert({.name = "blobs/89", .is_movable = false});
  const auto finding = only_finding(Repair::yes);
  EXPECT_EQ(finding.kind, FindingKind::foreign_file);
  EXPECT_FALSE(finding.repaired);
  EXPECT_TRUE(inventory_.aside.empty());
}

TEST_F(CheckerTest, LeavesABlobInAWrongPlaceThatARowAsksFor) {
  inventory_.blobs.erase(key_of(2));
  inventory_.strays.insert({.name = "blobs/ff/" + key_of(2).text()});
  inventory_.strays.insert({.name = "blobs/ff/" + key_of(9).text()});
  const auto report = run(Repair::yes);
  EXPECT_EQ(report.findings_total, 3U);
  EXPECT_EQ(inventory_.aside, std::set<std::string>{"blobs/ff/" + key_of(9).text()});
}

TEST_F(CheckerTest, NeverSetsAsideWhatHasAnOwner) {
  inventory_.blobs[key_of(1)] = "damaged";
  own(catalog_.blobs[1].ref, CatalogBlob::Owner::part, "part_9");
  const auto report = run(Repair::yes);
  EXPECT_EQ(report.findings_total, 2U);
  EXPECT_TRUE(report.is_damaged());
  EXPECT_TRUE(inventory_.aside.empty());
}

TEST_F(CheckerTest, CountsTheFindingsThatItDoesNotKeepAndRepairsThemToo) {
  for (int number = 10; number < 20; ++number) inventory_.put(key_of(number), "orphan");
  const auto report = check(catalog_, inventory_, Repair::yes, {.findings_max = 4}).value();
  EXPECT_EQ(report.findings.size(), 4U);
  EXPECT_EQ(report.findings_total, 10U);
  EXPECT_EQ(inventory_.aside.size(), 10U);
}

}  // namespace

}  // namespace partwise::test
