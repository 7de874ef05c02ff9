#include "core/online_checker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/blob_keys.hpp"
#include "support/run_task.hpp"
#include "support/running.hpp"

namespace partwise {

namespace {

using test::key_of;
using test::run_task;

// Metadata and blobs that a test lays out as it likes, also while they are being looked at.
class Bench final : public LiveCatalog, public LiveBlobs {
 public:
  std::vector<CatalogBlob> owned;
  std::map<BlobKey, std::uint64_t> blobs;
  std::set<std::string> foreign;  // Of group 0.
  std::set<BlobKey> unreadable;
  // Called before each call of its verb.
  std::function<void()> on_owners = [] {};
  std::function<void()> on_sizes = [] {};
  std::function<void()> on_list = [] {};
  std::optional<Error> list_error;
  bool lists_sizes = false;
  std::size_t keys_asked = 0;  // In all calls of `sizes`.
  int walks = 0;
  std::size_t keys_asked_max = 0;  // In one call of `sizes`.

  [[nodiscard]] Task<Result<OwnerPage>> owners(OwnerCursor cursor,
                                               std::uint32_t blobs_max) override {
    on_owners();
    if (cursor.row[0] == 0) ++walks;
    OwnerPage page{.blobs = {}, .next = cursor};
    auto at = static_cast<std::size_t>(cursor.row[0]);
    for (; at < owned.size() && page.blobs.size() < blobs_max; ++at)
      page.blobs.push_back(owned[at]);
    page.next.row[0] = static_cast<std::int64_t>(at);
    if (at >= owned.size()) page.next.table = OwnerCursor::Table::none;
    co_return page;
  }
  [[nodiscard]] Task<Result<std::vector<CatalogBlob>>> still_owned(
      std::vector<CatalogBlob> asked) override {
    std::erase_if(asked, [this](const CatalogBlob& blob) {
      return std::ranges::none_of(
          owned, [&](const CatalogBlob& other) { return other.owner_id == blob.owner_id; });
    });
    co_return asked;
  }
  [[nodiscard]] Task<Result<BlobGroup>> list(std::uint32_t group) override {
    on_list();
    if (list_error) co_return fail(*list_error);
    BlobGroup listed;
    for (const auto& [key, bytes] : blobs) {
      if (group_of(key) != group) continue;
      listed.keys.push_back(key);
      if (lists_sizes) listed.bytes.push_back(bytes);
    }
    if (group == 0) listed.foreign_names.assign(foreign.begin(), foreign.end());
    co_return listed;
  }
  [[nodiscard]] Task<Result<std::vector<Result<std::uint64_t>>>> sizes(
      std::vector<BlobKey> keys) override {
    on_sizes();
    keys_asked += keys.size();
    keys_asked_max = std::max(keys_asked_max, keys.size());
    std::vector<Result<std::uint64_t>> found;
    for (const BlobKey& key : keys) {
      if (unreadable.contains(key)) {
        found.emplace_back(fail(ErrorCode::io_failure, "EIO."));
      } else if (const auto blob = blobs.find(key); blob != blobs.end()) {
        found.emplace_back(blob->second);
      } else {
        found.emplace_back(fail(ErrorCode::not_found, "There is no such blob."));
      }
    }
    co_return found;
  }
};

class OnlineCheckerTest : public ::testing::Test {
 protected:
  OnlineCheckerTest() {
    own(key_of(0), 3, CatalogBlob::Owner::part, "part_1");
    own(key_of(7), 4, CatalogBlob::Owner::file, "file-2");
    own(key_of(7, 2), 5, CatalogBlob::Owner::garbage, "");
    own(key_of(255), 6, CatalogBlob::Owner::file, "file-3");
  }

  void own(BlobKey key, std::uint64_t bytes, CatalogBlob::Owner owner, std::string id) {
    CatalogBlob blob{
        .ref = {.key = key, .bytes = bytes}, .owner = owner, .owner_id = std::move(id)};
    if (owner == CatalogBlob::Owner::part) blob.place = {.upload_id = "upload_1", .number = 2};
    if (owner == CatalogBlob::Owner::file) blob.place = {.upload_id = {}, .number = 1, .count = 1};
    bench_.owned.push_back(std::move(blob));
    bench_.blobs[key] = bytes;
  }

  static Result<> go_on() { return {}; }
  Result<OnlineReport> try_run(const OnlineCheckLimits& limits = {}) {
    OnlineChecker checker(bench_, bench_, limits);
    return run_task(checker.check(&go_on));
  }
  OnlineReport run(const OnlineCheckLimits& limits = {}) { return try_run(limits).value(); }
  Finding only_finding() {
    const auto report = run();
    EXPECT_EQ(report.findings_total, 1U);
    return report.findings.empty() ? Finding{} : report.findings.front();
  }

  Bench bench_;
};

TEST_F(OnlineCheckerTest, FindsNothingWhereEverythingAgrees) {
  const auto report = run();
  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(report.blobs_listed, 4U);
  EXPECT_EQ(report.blobs_checked, 3U);
  EXPECT_EQ(report.bytes_checked, 13U);
  EXPECT_EQ(bench_.walks, 1) << "nothing was suspect";
}

TEST_F(OnlineCheckerTest, NamesTheOwnerOfAMissingBlob) {
  bench_.blobs.erase(key_of(0));
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::missing_blob);
  EXPECT_EQ(finding.subject, key_of(0).text());
  EXPECT_EQ(finding.sentence, "The blob of part part_1 (number 2 of upload upload_1) is missing.");
  EXPECT_EQ(finding.blob, bench_.owned.front());
}

TEST_F(OnlineCheckerTest, FindsABlobOfTheWrongSize) {
  bench_.blobs[key_of(7)] = 2;
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::damaged_blob);
  EXPECT_EQ(finding.sentence,
            "The blob of file file-2 (part 1 of 1, bytes 0-3) has 2 bytes and should have 4.");
}

TEST_F(OnlineCheckerTest, FindsABlobThatCannotBeRead) {
  bench_.unreadable.insert(key_of(255));
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::unreadable_blob);
  EXPECT_EQ(finding.sentence,
            "The blob of file file-3 (part 1 of 1, bytes 0-5) cannot be read: EIO.");
}

TEST_F(OnlineCheckerTest, FindsABlobThatNoRowKnows) {
  bench_.blobs[key_of(9)] = 1;
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::orphan_blob);
  EXPECT_EQ(finding.subject, key_of(9).text());
  EXPECT_EQ(bench_.walks, 2);
}

TEST_F(OnlineCheckerTest, FindsForeignNamesThatStay) {
  bench_.foreign = {"blobs/notes", "blobs/passing"};
  bench_.on_owners = [this] { bench_.foreign.erase("blobs/passing"); };
  const auto finding = only_finding();
  EXPECT_EQ(finding.kind, FindingKind::foreign_file);
  EXPECT_EQ(finding.subject, "blobs/notes");
}

TEST_F(OnlineCheckerTest, IsCleanWhereGarbageIsGoneAlready) {
  bench_.blobs.erase(key_of(7, 2));
  EXPECT_TRUE(run().is_clean());
}

TEST_F(OnlineCheckerTest, LetsGoOfABlobThatIsReapedAfterItWasListed) {
  bench_.blobs[key_of(9)] = 1;
  bench_.on_owners = [this] { bench_.blobs.erase(key_of(9)); };
  EXPECT_TRUE(run().is_clean());
  EXPECT_EQ(bench_.walks, 1);
}

TEST_F(OnlineCheckerTest, LetsGoOfABlobThatIsReapedDuringTheSecondWalk) {
  bench_.blobs[key_of(9)] = 1;
  bench_.on_owners = [this] {
    if (bench_.walks == 1) bench_.blobs.erase(key_of(9));
  };
  EXPECT_TRUE(run().is_clean());
  EXPECT_EQ(bench_.walks, 2);
}

TEST_F(OnlineCheckerTest, LetsGoOfABlobWhoseOwnerTheSecondWalkFinds) {
  bench_.blobs[key_of(9)] = 1;
  bench_.on_owners = [this] {
    if (bench_.walks == 1 && bench_.owned.size() == 4) {
      own(key_of(9), 1, CatalogBlob::Owner::part, "part_9");
    }
  };
  EXPECT_TRUE(run().is_clean());
  EXPECT_EQ(bench_.walks, 2);
}

TEST_F(OnlineCheckerTest, LetsGoOfARowThatIsGoneWithItsBlob) {
  bench_.on_sizes = [this] {
    bench_.blobs.erase(key_of(0));
    std::erase_if(bench_.owned, [](const CatalogBlob& blob) { return blob.owner_id == "part_1"; });
  };
  EXPECT_TRUE(run().is_clean());
}

TEST_F(OnlineCheckerTest, TakesAPartThatCameAfterTheListingForWhole) {
  bench_.on_owners = [this] {
    if (bench_.owned.size() == 4) own(key_of(3), 9, CatalogBlob::Owner::part, "part_new");
  };
  const auto report = run();
  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(report.blobs_checked, 4U);
}

// Each pass has its own groups, and what a pass is about is found in it, once.
TEST_F(OnlineCheckerTest, RemembersFewKeysAndFindsTheSameInManyPasses) {
  bench_.blobs[key_of(9)] = 1;
  bench_.blobs.erase(key_of(255));
  bench_.foreign = {"blobs/notes"};
  const auto report = run({.keys_max = 1, .page_blobs_max = 1, .sizes_max = 1});
  EXPECT_EQ(report.findings_total, 3U);
  EXPECT_EQ(report.blobs_listed, 4U);
  EXPECT_EQ(report.blobs_checked, 3U);
  EXPECT_EQ(bench_.keys_asked_max, 1U);
  // Groups 0; 7; 9, whose orphan is walked for again; and the rest.
  EXPECT_EQ(bench_.walks, 5);
}

TEST_F(OnlineCheckerTest, CountsTheFindingsThatItDoesNotKeep) {
  for (int number = 10; number < 20; ++number) bench_.blobs[key_of(number)] = 1;
  const auto report = run({.findings_max = 4});
  EXPECT_EQ(report.findings.size(), 4U);
  EXPECT_EQ(report.findings_total, 10U);
}

TEST_F(OnlineCheckerTest, IsNotRunTwiceAtTheSameTime) {
  OnlineChecker checker(bench_, bench_);
  ErrorCode second = ErrorCode::internal;
  boost::asio::io_context loop;
  bool is_asked = false;
  bench_.on_owners = [&] {
    if (std::exchange(is_asked, true)) return;
    boost::asio::io_context other;
    const auto refused = run_task(other, checker.check(&go_on));
    if (!refused) second = refused.error().code;
  };
  EXPECT_TRUE(run_task(loop, checker.check(&go_on)));
  EXPECT_EQ(second, ErrorCode::already_running);
  EXPECT_TRUE(run_task(loop, checker.check(&go_on))) << "the first has ended";
}

TEST_F(OnlineCheckerTest, EndsWhereTheServerStopsAndBeginsNoMore) {
  OnlineChecker checker(bench_, bench_);
  int lists = 0;
  bench_.on_list = [&] {
    if (++lists == 3) checker.stop();
  };
  EXPECT_EQ(run_task(checker.check(&go_on)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(lists, 3);
  EXPECT_EQ(run_task(checker.check(&go_on)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(lists, 3);
}

TEST_F(OnlineCheckerTest, EndsBetweenAnyTwoStepsWhereItMayNotGoOn) {
  bench_.blobs[key_of(9)] = 1;
  bench_.foreign = {"blobs/notes"};
  int steps = 0;
  OnlineChecker checker(bench_, bench_);
  auto count = [&steps]() -> Result<> {
    ++steps;
    return {};
  };
  ASSERT_TRUE(run_task(checker.check(count)));
  for (int last = 1; last <= steps; ++last) {
    int left = last;
    auto stop = [&left]() -> Result<> {
      if (--left > 0) return {};
      return fail(ErrorCode::disconnected, "The client has gone.");
    };
    EXPECT_EQ(run_task(checker.check(stop)).error().code, ErrorCode::disconnected) << last;
    EXPECT_EQ(left, 0);
  }
}

TEST_F(OnlineCheckerTest, AsksBeforeEachOfItsSteps) {
  bench_.blobs[key_of(9)] = 1;
  bench_.foreign = {"blobs/notes"};
  bool asked = false;
  int steps = 0;
  const auto step = [&] {
    EXPECT_TRUE(asked) << ++steps;
    asked = false;
  };
  bench_.on_owners = bench_.on_sizes = bench_.on_list = step;
  auto ask = [&asked]() -> Result<> {
    asked = true;
    return {};
  };
  OnlineChecker checker(bench_, bench_, {.page_blobs_max = 1, .sizes_max = 1});
  EXPECT_EQ(run_task(checker.check(ask)).value().findings_total, 2U);
}

TEST_F(OnlineCheckerTest, AsksOnlyForTheSizesThatNoListHasTold) {
  bench_.lists_sizes = true;
  const auto clean = run();
  EXPECT_TRUE(clean.findings.empty());
  EXPECT_EQ(clean.bytes_checked, 3U + 4U + 6U);
  EXPECT_EQ(bench_.keys_asked, 0U);
  bench_.blobs[key_of(7)] = 100;
  bench_.blobs.erase(key_of(255));
  const auto report = run();
  ASSERT_EQ(report.findings.size(), 2U);
  EXPECT_EQ(report.findings[0].kind, FindingKind::damaged_blob);
  EXPECT_EQ(report.findings[1].kind, FindingKind::missing_blob);
  EXPECT_EQ(bench_.keys_asked, 1U) << "of the one that no list has";
}

TEST_F(OnlineCheckerTest, FailsWhereTheDiskCannotBeListed) {
  bench_.list_error = Error{ErrorCode::io_failure, "EIO."};
  EXPECT_EQ(try_run().error().code, ErrorCode::io_failure);
}

}  // namespace

}  // namespace partwise
