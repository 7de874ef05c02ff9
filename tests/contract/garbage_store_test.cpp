// The contract of GarbageStore.

#include <fmt/format.h>

#include "metadata_contract.hpp"

namespace partwise::test {

class GarbageStoreContract : public MetadataContract {
 protected:
  static constexpr auto kEndedTtl = 24h * 7;

  bool uploads_after_can_be_listed(const PageRequest& page) {
    return run(uploads().list_uploads(project_, page)).has_value();
  }
  SweepOutcome sweep(std::uint32_t rows_max = 100) {
    return must(garbage().sweep(rows_max, kEndedTtl));
  }
  static std::vector<BlobKey> blobs_of(const ReapBatch& batch) {
    std::vector<BlobKey> blobs;
    for (const ReapWork& work : batch.work) {
      blobs.insert(blobs.end(), work.blobs.begin(), work.blobs.end());
    }
    return blobs;
  }
};
INSTANTIATE_TEST_SUITE_P(Metadata, GarbageStoreContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(GarbageStoreContract, AnIntentOfThisRunIsLeftAloneUntilItIsReleased) {
  const BlobKey key = fresh_key();
  must(garbage().record_intent(key, run_));
  EXPECT_TRUE(claim().work.empty());
  must(garbage().release_intent(key));
  must(garbage().release_intent(key));
  EXPECT_EQ(blobs_of(claim()), std::vector{key});
}

TEST_P(GarbageStoreContract, ALostAnswerOfRecordIntentMayBeAskedForAgain) {
  const BlobKey key = fresh_key();
  must(garbage().record_intent(key, run_));
  must(garbage().record_intent(key, run_));
  must(garbage().release_intent(key));
  EXPECT_EQ(refused(garbage().record_intent(key, run_)).code, ErrorCode::internal);
  EXPECT_EQ(reap_all(), std::vector{key});
}

TEST_P(GarbageStoreContract, ReleasingWhatIsGoneIsHarmless) {
  const Upload upload = create_upload();
  const Part part = add_part(upload, 1);
  must(garbage().release_intent(part.blob.key));
  must(garbage().release_intent(fresh_key()));
  EXPECT_TRUE(claim().work.empty());
}

TEST_P(GarbageStoreContract, ClaimingAgainGivesTheSameWorkUntilItIsSettled) {
  const auto expected = leave_garbage();
  EXPECT_EQ(blobs_of(claim()), expected);
  ReapBatch again = claim();
  EXPECT_EQ(blobs_of(again), expected);
  must(garbage().settle_work(again.work));
  EXPECT_TRUE(claim().work.empty());
  must(garbage().settle_work(again.work));
  EXPECT_TRUE(claim().work.empty());
}

TEST_P(GarbageStoreContract, JobsComeOldestFirstAndWithinTheLimit) {
  std::vector<BlobKey> expected;
  for (int i = 0; i < 4; ++i) {
    const Upload upload = create_upload();
    for (int j = 0; j < 3; ++j) expected.push_back(add_part(upload, 1).blob.key);
    must(uploads().cancel_upload(owned(upload)));
  }
  EXPECT_EQ(blobs_of(claim(1)), (std::vector(expected.begin(), expected.begin() + 1)));
  EXPECT_EQ(blobs_of(claim(7)), (std::vector(expected.begin(), expected.begin() + 7)));
  EXPECT_EQ(blobs_of(claim(0)).size(), 1U);
  EXPECT_EQ(reap_all(2), expected);
}

TEST_P(GarbageStoreContract, AJobIsSettledPieceByPieceAndEachPieceOnce) {
  const Upload upload = create_upload();
  std::vector<BlobKey> expected;
  for (int i = 0; i < 5; ++i) expected.push_back(add_part(upload, 1).blob.key);
  must(uploads().cancel_upload(owned(upload)));
  const ReapBatch first = claim(2);
  must(garbage().settle_work(first.work));
  const ReapBatch second = claim(2);
  EXPECT_EQ(blobs_of(second), (std::vector{expected[2], expected[3]}));
  must(garbage().settle_work(first.work));  // The answer was lost, and it is asked again.
  EXPECT_EQ(blobs_of(claim(2)), blobs_of(second));
  must(garbage().settle_work(second.work));
  must(garbage().settle_work(second.work));
  must(garbage().settle_work(first.work));
  EXPECT_EQ(reap_all(), std::vector{expected[4]});
}

TEST_P(GarbageStoreContract, TenThousandPartsAreReapedInBatches) {
  open({.stored_bytes_slack = 0, .parts_per_upload_max = 10'000});
  const Upload upload = create_upload(10'000);
  std::vector<BlobKey> expected;
  for (int i = 0; i < 10'000; ++i) expected.push_back(add_part(upload, 1).blob.key);
  must(uploads().cancel_upload(owned(upload)));
  EXPECT_EQ(billed(project_), 0U);
  EXPECT_EQ(reap_all(128), expected);
}

TEST_P(GarbageStoreContract, PassedOverJobsLetTheOthersThrough) {
  const StoredFile leased = create_file();
  const StoredFile other = create_file();
  must(uploads().delete_file(owned(leased)));
  must(uploads().delete_file(owned(other)));
  const ReapBatch both = claim();
  ASSERT_EQ(both.work.size(), 2U);
  EXPECT_EQ(both.work[0].file, leased.id);
  EXPECT_EQ(both.newest_job, both.work[1].job);
  const ReapBatch rest = claim(1, {.held_through = 0, .passed_over = {both.work[0].job}});
  ASSERT_EQ(rest.work.size(), 1U);
  EXPECT_EQ(rest.work[0].file, other.id);
}

TEST_P(GarbageStoreContract, HeldJobsLetOthersThroughAndRipenInTheOrderOfTheirNumbers) {
  EXPECT_EQ(claim().newest_job, 0U);
  const Upload first = create_upload();
  const Part first_part = add_part(first, 1);
  clock_.advance(1h);
  sweep();
  const std::uint64_t first_job = claim().newest_job;
  const Upload second = create_upload();
  const Part second_part = add_part(second, 1);
  clock_.advance(1h);
  sweep();
  const Upload cancelled = create_upload();
  const Part cancelled_part = add_part(cancelled, 1);
  must(uploads().cancel_upload(owned(cancelled)));

  const ReapBatch batch = claim();
  EXPECT_GT(batch.newest_job, first_job);
  EXPECT_EQ(blobs_of(batch), std::vector{cancelled_part.blob.key});
  EXPECT_EQ(blobs_of(claim(10, {.held_through = first_job, .passed_over = {}})),
            (std::vector{first_part.blob.key, cancelled_part.blob.key}));
  EXPECT_EQ(reap_all(), keys_of({first_part, second_part, cancelled_part}));
}

TEST_P(GarbageStoreContract, JobNumbersAreNeverUsedTwice) {
  must(uploads().delete_file(owned(create_file())));
  const std::uint64_t first = claim().newest_job;
  reap_all();
  EXPECT_EQ(claim().newest_job, first);
  must(uploads().delete_file(owned(create_file())));
  EXPECT_GT(claim().newest_job, first);
}

TEST_P(GarbageStoreContract, AForgottenUploadKeepsItsPlaceInListsForThirtyDays) {
  const Upload first = create_upload();
  must(uploads().cancel_upload(owned(first)));
  clock_.advance(kEndedTtl);
  const Timestamp forgotten_at = clock_.now();
  EXPECT_EQ(sweep().purged, 1U);
  EXPECT_EQ(sweep().purged, 0U);
  const Upload second = create_upload();
  EXPECT_EQ(refused(uploads().find_upload(owned(first))).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().cancel_upload(owned(first))).code, ErrorCode::not_found);
  const PageRequest all{.after = {}, .limit = 9, .order = Order::asc, .purpose = {}};
  EXPECT_EQ(must(uploads().list_uploads(project_, all)).items, std::vector{second});
  const PageRequest page{.after = first.id.text, .limit = 9, .order = Order::asc, .purpose = {}};
  EXPECT_EQ(must(uploads().list_uploads(project_, page)).items, std::vector{second});
  must(uploads().cancel_upload(owned(second)));

  clock_.advance(forgotten_at + 24h * 30 - clock_.now() - 1s);
  sweep();
  EXPECT_TRUE(uploads_after_can_be_listed(page));
  clock_.advance(1s);
  EXPECT_GE(sweep().purged, 1U);
  EXPECT_FALSE(uploads_after_can_be_listed(page));
}

TEST_P(GarbageStoreContract, SweepMovesWhatIsOverdueAndSaysWhenToComeBack) {
  EXPECT_FALSE(sweep().next_due);
  const Upload upload = create_upload();
  add_part(upload, 7);
  NewFile created = new_file(10);
  created.ttl = 7200s;
  const StoredFile file = must(uploads().create_file(created));
  const Timestamp start = clock_.now();
  EXPECT_EQ(sweep().next_due, start + 1h);

  clock_.advance(1h);
  SweepOutcome outcome = sweep();
  EXPECT_EQ(outcome.expired_uploads, std::vector{upload.id});
  EXPECT_TRUE(outcome.expired_files.empty());
  EXPECT_FALSE(outcome.more);
  EXPECT_EQ(outcome.next_due, start + 2h);
  EXPECT_EQ(billed(project_), 10U);

  clock_.advance(1h);
  outcome = sweep();
  EXPECT_TRUE(outcome.expired_uploads.empty());
  EXPECT_EQ(outcome.expired_files, std::vector{file.id});
  EXPECT_EQ(billed(project_), 0U);
  clock_.jump_wall(-2h);
  EXPECT_EQ(status(find(upload)), "expired");
  EXPECT_EQ(refused(uploads().find_file(owned(file))).code, ErrorCode::not_found);
}

TEST_P(GarbageStoreContract, SweepDoesNotReportWhatAVerbHasMovedAlready) {
  const Upload upload = create_upload();
  clock_.advance(1h);
  EXPECT_EQ(status(find(upload)), "expired");
  EXPECT_TRUE(sweep().expired_uploads.empty());
}

TEST_P(GarbageStoreContract, SweepKeepsToItsLimitAndSaysThatThereIsMore) {
  for (int i = 0; i < 3; ++i) create_upload();
  for (int i = 0; i < 2; ++i) {
    NewFile created = new_file(1);
    created.ttl = 3600s;
    must(uploads().create_file(created));
  }
  clock_.advance(1h);
  std::size_t moved = 0;
  int passes = 0;
  bool more = true;
  while (more && passes < 10) {
    const SweepOutcome outcome = sweep(2);
    const std::size_t now = outcome.expired_uploads.size() + outcome.expired_files.size();
    EXPECT_LE(now, 2U);
    moved += now;
    ++passes;
    more = outcome.more;
  }
  EXPECT_EQ(moved, 5U);
  EXPECT_EQ(passes, 3);
}

TEST_P(GarbageStoreContract, EndedUploadsAreForgottenAfterTheirTimeAndNotBefore) {
  const Upload completed = create_upload(10);
  const StoredFile file = complete(completed, {add_part(completed, 10)});
  const Upload cancelled = create_upload(10);
  add_part(cancelled, 10);
  must(uploads().cancel_upload(owned(cancelled)));
  const Upload empty = create_upload(10);
  must(uploads().cancel_upload(owned(empty)));
  const Timestamp ended = clock_.now();
  reap_all();
  EXPECT_EQ(sweep().next_due, ended + kEndedTtl);
  clock_.advance(kEndedTtl - 1s);
  EXPECT_EQ(sweep().purged, 0U);
  clock_.advance(1s);
  EXPECT_EQ(sweep(1).purged, 1U);
  const SweepOutcome outcome = sweep();
  EXPECT_EQ(outcome.purged, 2U);
  EXPECT_EQ(outcome.next_due, ended + kEndedTtl + 24h * 30);  // Then their places are given up.
  for (const Upload& upload : {completed, cancelled, empty}) {
    EXPECT_EQ(refused(uploads().find_upload(owned(upload))).code, ErrorCode::not_found);
  }
  EXPECT_EQ(must(uploads().find_file(owned(file))).file, file);
}

TEST_P(GarbageStoreContract, AnUploadIsNotForgottenWhileItsPartsAreThere) {
  const Upload upload = create_upload(10);
  const Part part = add_part(upload, 10);
  must(uploads().cancel_upload(owned(upload)));
  clock_.advance(kEndedTtl * 2);
  EXPECT_EQ(sweep().purged, 0U);
  EXPECT_EQ(status(find(upload)), "cancelled");
  EXPECT_EQ(reap_all(), std::vector{part.blob.key});
  EXPECT_EQ(sweep().purged, 1U);
}

TEST_P(GarbageStoreContract, ATombstoneIsForgottenAfterThirtyDaysButNotBeforeItsBlobsAreGone) {
  const StoredFile reaped = create_file();
  must(uploads().delete_file(owned(reaped)));
  reap_all();
  const StoredFile kept = create_file();
  const BlobKey key = must(uploads().find_file(owned(kept))).manifest.front().key;
  must(uploads().delete_file(owned(kept)));
  EXPECT_EQ(sweep().next_due, clock_.now() + 24h * 30);
  clock_.advance(24h * 30 - 1s);
  EXPECT_EQ(sweep().purged, 0U);
  clock_.advance(1s);
  EXPECT_EQ(sweep().purged, 1U);
  EXPECT_EQ(reap_all(), std::vector{key});
  EXPECT_EQ(sweep().purged, 1U);
}

}  // namespace partwise::test
