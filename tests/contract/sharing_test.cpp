// The contract of GarbageStore, where it depends on whether the store belongs to one process or is
// shared by many nodes.

#include "metadata_contract.hpp"

namespace partwise::test {

namespace {

constexpr auto kEndedTtl = 24h * 7;
constexpr std::uint64_t kAllHeld = ~std::uint64_t{0} >> 1U;

}  // namespace

class OneProcessContract : public MetadataContract {};
INSTANTIATE_TEST_SUITE_P(Metadata, OneProcessContract, testing::ValuesIn(one_process_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(OneProcessContract, IntentsOfEveryOtherRunAreDue) {
  const BlobKey before = fresh_key();
  const BlobKey mine = fresh_key();
  const BlobKey after = fresh_key();
  must(garbage().record_intent(before, RunId{"0000000000000001"}));
  must(garbage().record_intent(mine, run_));
  must(garbage().record_intent(after, RunId{"ffffffffffffffff"}));
  EXPECT_EQ(reap_all(), (std::vector{before, after}));
  must(garbage().record_intent(before, RunId{"0000000000000001"}));
  EXPECT_EQ(reap_all(), std::vector{before});
}

class SharedStoreContract : public MetadataContract {
 protected:
  static std::vector<BlobKey> blobs_of(const ReapBatch& batch) {
    std::vector<BlobKey> blobs;
    for (const ReapWork& work : batch.work) {
      blobs.insert(blobs.end(), work.blobs.begin(), work.blobs.end());
    }
    return blobs;
  }
  ReapBatch claim_by(const RunId& run, ClaimFilter filter = {}, std::uint32_t blobs_max = 1000) {
    return must(garbage().claim_work(run, blobs_max, std::move(filter)));
  }
  // Whether something is known to have this blob, be it garbage.
  bool is_known(const BlobKey& key) {
    for (OwnerCursor cursor; !cursor.at_end();) {
      const auto page = must(stores_->catalog().owners(cursor, 100));
      for (const CatalogBlob& blob : page.blobs) {
        if (blob.ref.key == key) return true;
      }
      cursor = page.next;
    }
    return false;
  }
  SweepOutcome sweep(std::uint32_t rows_max = 100) {
    return must(garbage().sweep(rows_max, kEndedTtl));
  }
  // Another node lives beside this one.
  const RunId other_{"00000000000000bb"};
  const CoreLimits limits_;
};
INSTANTIATE_TEST_SUITE_P(Metadata, SharedStoreContract, testing::ValuesIn(shared_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(SharedStoreContract, IntentsOfOtherRunsAreLeftAlone) {
  must(garbage().record_intent(fresh_key(), other_));
  const NewPart part = new_part(1);
  EXPECT_TRUE(claim_by(run_).work.empty());
  EXPECT_TRUE(claim_by(other_).work.empty());
  must(uploads().add_part(owned(create_upload()), part));
}

TEST_P(SharedStoreContract, AReleasedIntentMayBeClaimedByAnyRun) {
  const BlobKey key = fresh_key();
  must(garbage().record_intent(key, run_));
  must(garbage().release_intent(key));
  EXPECT_EQ(blobs_of(claim_by(other_)), std::vector{key});
}

TEST_P(SharedStoreContract, AnIntentIsGivenUpAfterItsLifeAndNotBefore) {
  const NewPart early = new_part(1);
  const NewPart late = new_part(1);
  clock_.advance(limits_.intent_life - 1s);
  EXPECT_EQ(sweep().abandoned_intents, 0U);
  must(uploads().add_part(owned(create_upload()), early));
  clock_.advance(1s);
  EXPECT_EQ(sweep().abandoned_intents, 1U);
  EXPECT_EQ(sweep().abandoned_intents, 0U);
  EXPECT_EQ(refused(uploads().add_part(owned(create_upload()), late)).code, ErrorCode::unavailable);
  must(garbage().release_intent(late.blob.key));  // Harmless: it is gone.
  EXPECT_TRUE(is_known(late.blob.key));
  EXPECT_TRUE(claim_by(run_).work.empty());  // Held back, as what ended by time.
  const ReapBatch batch = claim_by(run_, {.held_through = kAllHeld, .passed_over = {}});
  EXPECT_EQ(blobs_of(batch), std::vector{late.blob.key});
  must(garbage().settle_work(batch.work));
  EXPECT_FALSE(is_known(late.blob.key));
  EXPECT_TRUE(claim_by(other_, {.held_through = kAllHeld, .passed_over = {}}).work.empty());
}

TEST_P(SharedStoreContract, IntentsAreGivenUpWithinTheLimitOfASweep) {
  for (int i = 0; i < 3; ++i) must(garbage().record_intent(fresh_key(), other_));
  EXPECT_EQ(sweep().next_due, clock_.now() + limits_.intent_life);
  clock_.advance(limits_.intent_life);
  const SweepOutcome first = sweep(2);
  EXPECT_EQ(first.abandoned_intents, 2U);
  EXPECT_TRUE(first.more);
  const SweepOutcome second = sweep(2);
  EXPECT_EQ(second.abandoned_intents, 1U);
  EXPECT_FALSE(second.more);
  EXPECT_FALSE(second.next_due);
}

TEST_P(SharedStoreContract, AGivenUpIntentIsNobodysBill) {
  must(garbage().record_intent(fresh_key(), other_));
  create_upload();
  clock_.advance(limits_.intent_life);
  EXPECT_EQ(sweep().abandoned_intents, 1U);
  EXPECT_EQ(usage(project_).reclaimable, Tally{});
}

TEST_P(SharedStoreContract, TheBlobsOfADeletedFileStayForReadersOnOtherNodes) {
  const StoredFile file = create_file();
  const BlobKey key = must(uploads().find_file(owned(file))).manifest.front().key;
  must(uploads().delete_file(owned(file)));
  clock_.advance(limits_.reader_grace - 1s);
  EXPECT_TRUE(claim_by(run_).work.empty());
  clock_.advance(1s);
  const ReapBatch batch = claim_by(run_);
  EXPECT_EQ(blobs_of(batch), std::vector{key});
  EXPECT_EQ(batch.work.front().file, file.id);
}

TEST_P(SharedStoreContract, ThoseOfAnExpiredFileToo) {
  NewFile created = new_file(10);
  created.ttl = 3600s;
  must(uploads().create_file(created));
  clock_.advance(1h);
  EXPECT_EQ(sweep().expired_files.size(), 1U);
  const ClaimFilter all{.held_through = kAllHeld, .passed_over = {}};
  EXPECT_TRUE(claim_by(run_, all).work.empty());
  clock_.advance(limits_.reader_grace);
  EXPECT_EQ(blobs_of(claim_by(run_, all)).size(), 1U);
}

TEST_P(SharedStoreContract, PartsThatNobodyReadsNeedNotWait) {
  const Upload cancelled = create_upload();
  const Part part = add_part(cancelled, 1);
  must(uploads().cancel_upload(owned(cancelled)));
  EXPECT_EQ(blobs_of(claim_by(run_)), std::vector{part.blob.key});
}

TEST_P(SharedStoreContract, WhatOneRunHasClaimedIsOfferedToOthersLater) {
  const auto expected = leave_garbage();
  EXPECT_EQ(blobs_of(claim_by(run_)), expected);
  EXPECT_EQ(blobs_of(claim_by(run_)), expected);
  clock_.advance(limits_.claim_lease - 1s);
  EXPECT_TRUE(claim_by(other_).work.empty());
  clock_.advance(1s);
  EXPECT_EQ(blobs_of(claim_by(other_)), expected);
}

TEST_P(SharedStoreContract, TwoThatSettleTheSameWorkDoNoHarm) {
  const Upload upload = create_upload();
  std::vector<BlobKey> expected;
  for (int i = 0; i < 5; ++i) expected.push_back(add_part(upload, 1).blob.key);
  must(uploads().cancel_upload(owned(upload)));
  const ReapBatch slow = claim_by(run_, {}, 2);
  clock_.advance(limits_.claim_lease);
  const ReapBatch quick = claim_by(other_, {}, 3);
  EXPECT_EQ(blobs_of(quick), (std::vector(expected.begin(), expected.begin() + 3)));
  must(garbage().settle_work(quick.work));
  must(garbage().settle_work(slow.work));
  const ReapBatch rest = claim_by(other_);
  EXPECT_EQ(blobs_of(rest), (std::vector(expected.begin() + 3, expected.end())));
  must(garbage().settle_work(rest.work));
  must(garbage().settle_work(slow.work));
  clock_.advance(limits_.claim_lease);
  EXPECT_TRUE(claim_by(run_).work.empty());
}

TEST_P(SharedStoreContract, OverdueUploadsAreMovedByOneSweepAlone) {
  const Upload upload = create_upload();
  clock_.advance(1h);
  EXPECT_EQ(sweep().expired_uploads, std::vector{upload.id});
  EXPECT_TRUE(sweep().expired_uploads.empty());
}

}  // namespace partwise::test
