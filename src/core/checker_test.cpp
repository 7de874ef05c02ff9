#include "core/checker.hpp"

#include <gtest/gtest.h>

#include "support/checker_fixture.hpp"

namespace partwise::test {

namespace {

TEST_F(CheckerTest, FindsNothingWhereEverythingAgrees) {
  const auto report = run();
  EXPECT_TRUE(report.is_clean());
  EXPECT_FALSE(report.is_damaged());
  EXPECT_EQ(report.blobs_read, 2U);
  EXPECT_EQ(report.bytes_read, 6U);
}

TEST_F(CheckerTest, IsCleanWhereGarbageIsGoneAlready) {
  inventory_.blobs.erase(key_of(3));
  EXPECT_TRUE(run().is_clean());
}

TEST_F(CheckerTest, NamesTheOwnerOfAMissingBlob) {
  inventory_.blobs.erase(key_of(1));
  const auto finding = only_finding();
  EXPECT_EQ(finding.blob, catalog_.blobs[0]);
  EXPECT_EQ(finding.kind, FindingKind::missing_blob);
  EXPECT_EQ(finding.subject, key_of(1).text());
  EXPECT_EQ(finding.sentence, "The blob of part part_1 (number 4 of upload upload_7) is missing.");
}

TEST_F(CheckerTest, FindsABlobOfTheWrongSize) {
  inventory_.blobs[key_of(2)] = "tw";
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::damaged_blob);
  EXPECT_EQ(finding.sentence,
            "The blob of file file-2 (part 2 of 3, bytes 100-102) has 2 bytes and should have 3.");
  EXPECT_EQ(finding.blob, catalog_.blobs[1]);
}

TEST_F(CheckerTest, FindsAFlippedByte) {
  inventory_.blobs[key_of(2)] = "twO";
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::damaged_blob);
  EXPECT_NE(finding.sentence.find("CRC64"), std::string::npos);
}

TEST_F(CheckerTest, SaysThatNoByteIsLostWithAnEmptyBlob) {
  own({.key = key_of(4)}, CatalogBlob::Owner::file, "file-3",
      {.upload_id = {}, .number = 1, .count = 2, .offset = 0});
  EXPECT_EQ(only_finding().sentence, "The blob of file file-3 (part 1 of 2, no bytes) is missing.");
}

TEST_F(CheckerTest, FindsABlobThatCannotBeRead) {
  inventory_.unreadable.insert(key_of(1));
  EXPECT_EQ(only_finding().kind, FindingKind::unreadable_blob);
  EXPECT_TRUE(run().is_damaged());
}

TEST_F(CheckerTest, NamesAllOwnersOfASharedBlob) {
  own(catalog_.blobs[0].ref, CatalogBlob::Owner::file, "file-9",
      {.upload_id = {}, .number = 1, .count = 1, .offset = 0});
  own({.key = key_of(1)}, CatalogBlob::Owner::garbage, "");
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::shared_blob);
  EXPECT_EQ(finding.sentence,
            "The blob has 3 owners: part part_1 (number 4 of upload upload_7), file file-9 (part 1 "
            "of 1, bytes 0-2), what is to be removed.");
}

TEST_F(CheckerTest, FindsABlobThatNoRowKnows) {
  inventory_.put(key_of(9), "orphan");
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::orphan_blob);
  EXPECT_EQ(finding.subject, key_of(9).text());
  EXPECT_FALSE(finding.repaired);
  EXPECT_TRUE(inventory_.aside.empty());
}

TEST_F(CheckerTest, FindsAWrongBill) {
  catalog_.billed.push_back({.project = {"other"}, .recorded_bytes = 7, .actual_bytes = 6});
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::wrong_counter);
  EXPECT_EQ(finding.subject, "other");
  EXPECT_EQ(catalog_.mendings, 0);
}

TEST_F(CheckerTest, SaysThatAProjectIsBilledLessThanNothing) {
  catalog_.billed[0].recorded_bytes = -1;
  EXPECT_EQ(only_finding().sentence, "The project is billed -1 bytes and stores 6.");
  EXPECT_EQ(run().account.billed, 0U);
}

TEST_F(CheckerTest, FindsAWrongCounterOfUsage) {
  miscount("The counter of files is wrong.");
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::wrong_counter);
  EXPECT_EQ(finding.subject, "default");
  EXPECT_EQ(finding.sentence, "The counter of files is wrong.");
  EXPECT_EQ(catalog_.mendings, 0);
}

TEST_F(CheckerTest, AccountsForEveryByteOnTheDisk) {
  inventory_.put(key_of(9), "orphan");
  inventory_.in_staging.insert({.name = "staging/left", .bytes = 12});
  const auto report = run();
  EXPECT_EQ(report.account,
            (ByteAccount{.billed = 6, .garbage = 5, .staging = 12, .orphaned = 6, .on_disk = 29}));
  EXPECT_EQ(report.account.known(), report.account.on_disk);
  EXPECT_EQ(report.findings_total, 2U);
}

TEST_F(CheckerTest, AccountsForWhatIsNoneOfPartwiseAndForWhatWasSetAside) {
  inventory_.strays.insert({.name = "blobs/notes.txt", .bytes = 100});
  inventory_.others.insert({.name = "notes", .bytes = 1000});
  inventory_.set_aside_before.bytes = 10'000;
  inventory_.in_staging.insert({.name = "staging/ours", .bytes = 100'000, .is_expected = true});
  const auto report = run(Repair::yes);
  EXPECT_EQ(report.account, (ByteAccount{.billed = 6,
                                         .garbage = 5,
                                         .staging = 100'000,
                                         .foreign = 1100,
                                         .set_aside = 10'000,
                                         .on_disk = 111'111}));
  EXPECT_EQ(report.unknown, (std::vector<Stray>{{.name = "notes", .bytes = 1000}}));
  EXPECT_EQ(report.findings_total, 1U) << "what is unknown is none";
  EXPECT_EQ(inventory_.aside, std::set<std::string>{"blobs/notes.txt"});
}

TEST_F(CheckerTest, SaysOfWhatItCouldNotMeasureTheSize) {
  inventory_.strays.insert({.name = "blobs/notes.txt", .problem = "EACCES."});
  EXPECT_EQ(only_finding().sentence,
            "This lies among the blobs and is none. Its size cannot be read: EACCES.");
  inventory_.strays.clear();
  inventory_.set_aside_before = {.name = "lost+found", .problem = "EACCES."};
  const auto report = run();
  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(report.unknown, std::vector<Stray>{inventory_.set_aside_before});
}

TEST_F(CheckerTest, FindsBytesThatNothingExplains) {
  // Sums that agree with each other, and not with what is there.
  catalog_.billed[0] = {.project = {"default"}, .recorded_bytes = 9, .actual_bytes = 9};
  inventory_.put(key_of(9), "orphan");
  const auto report = run();
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_EQ(report.findings[0].kind, FindingKind::orphan_blob);
  EXPECT_EQ(report.findings[1].kind, FindingKind::unexplained_bytes);
  EXPECT_EQ(report.findings[1].sentence,
            "There are 17 bytes on the disk, and 20 that are billed, garbage, in staging, "
            "orphaned, foreign or set aside.");
  EXPECT_TRUE(run(Repair::yes).is_damaged());
}

TEST_F(CheckerTest, SaysNothingOfBytesThatAnotherFindingExplains) {
  inventory_.blobs.erase(key_of(1));
  const auto report = run();
  EXPECT_NE(report.account.known(), report.account.on_disk);
  EXPECT_EQ(report.findings_total, 1U);
}

TEST_F(CheckerTest, FindsGarbageWhoseSizeCannotBeRead) {
  inventory_.unreadable.insert(key_of(3));
  EXPECT_EQ(only_finding().kind, FindingKind::unreadable_blob);
}

TEST_F(CheckerTest, AnOrphanWhoseSizeCannotBeReadIsOneFinding) {
  inventory_.put(key_of(9), "orphan");
  inventory_.unreadable.insert(key_of(9));
  EXPECT_EQ(only_finding().kind, FindingKind::orphan_blob);
}

TEST_F(CheckerTest, PassesOnWhatTheRowsSayAgainstEachOther) {
  catalog_.sentences.emplace_back("Upload upload_1 has 2 parts and counts 3.");
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::contradiction);
  EXPECT_EQ(finding.sentence, "Upload upload_1 has 2 parts and counts 3.");
}

TEST_F(CheckerTest, DamagedMetadataAreFindingsAndWhatCanBeReadOfThemIsCompared) {
  catalog_.damage = Error{ErrorCode::io_failure, "malformed."};
  inventory_.blobs[key_of(1)] = "onE";
  inventory_.put(key_of(9), "perhaps of a row that cannot be read");
  const auto report = run(Repair::yes);
  ASSERT_EQ(report.findings.size(), 5U);
  EXPECT_EQ(report.findings[0].kind, FindingKind::damaged_blob);
  const std::vector<std::string> sentences{"Not every owner of a blob can be read: malformed.",
                                           "Not every charge can be read: malformed.",
                                           "Not every counter can be read: malformed."};
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    EXPECT_EQ(report.findings[1 + i].kind, FindingKind::contradiction);
    EXPECT_EQ(report.findings[1 + i].sentence, sentences[i]);
  }
  EXPECT_EQ(report.findings[4].kind, FindingKind::orphan_blob);
  EXPECT_EQ(report.findings[4].sentence, "No row that can be read knows this blob.");
  EXPECT_EQ(report.repaired_total, 0U);
  EXPECT_EQ(catalog_.mendings, 0);
  EXPECT_TRUE(inventory_.aside.empty());
}

TEST_F(CheckerTest, CannotRunWhereTheMetadataCannotBeAsked) {
  catalog_.damage = Error{ErrorCode::overloaded, "busy."};
  EXPECT_EQ(check(catalog_, inventory_, Repair::no).error().code, ErrorCode::overloaded);
}

TEST_F(CheckerTest, FindsStagingThatIsNotEmptyAndForeignFiles) {
  inventory_.in_staging.insert({.name = "staging/left", .bytes = 12});
  inventory_.strays.insert({.name = "blobs/notes.txt"});
  const auto report = run();
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_EQ(report.findings[0].kind, FindingKind::foreign_file);
  EXPECT_EQ(report.findings[1].kind, FindingKind::staging_leftover);
}

}  // namespace

}  // namespace partwise::test
