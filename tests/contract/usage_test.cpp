// The figures of a project, after every kind of change; and the quota of open uploads.

#include "metadata_contract.hpp"

namespace partwise::test {

class UsageContract : public MetadataContract {
 protected:
  Usage now() { return usage(project_); }
};
INSTANTIATE_TEST_SUITE_P(Metadata, UsageContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(UsageContract, AnUnknownProjectHasNone) {
  EXPECT_TRUE(must(accounts().usage(project_)).empty());
  EXPECT_TRUE(must(accounts().usage(std::nullopt)).empty());
}

TEST_P(UsageContract, FollowsAnUploadThroughItsStates) {
  const Upload upload = create_upload(100);
  EXPECT_EQ(now().pending, (Tally{.count = 1, .bytes = 100}));
  const Part used = add_part(upload, 100);
  add_part(upload, 30);
  EXPECT_EQ(now().pending_stored_bytes, 130U);
  EXPECT_EQ(now().project.stored_bytes, 130U);

  complete(upload, {used});
  const Usage completed = now();
  EXPECT_EQ(completed.pending, Tally{});
  EXPECT_EQ(completed.pending_stored_bytes, 0U);
  EXPECT_EQ(completed.completed, (Tally{.count = 1, .bytes = 100}));
  Usage fine_tune = completed;
  EXPECT_EQ(fine_tune.files_of(Purpose::fine_tune), (Tally{.count = 1, .bytes = 100}));
  EXPECT_EQ(completed.reclaimable, (Tally{.count = 1, .bytes = 30}));
  EXPECT_EQ(completed.project.stored_bytes, 100U);
  reap_all();
  EXPECT_EQ(now().reclaimable, Tally{});
}

TEST_P(UsageContract, WhatEndsIsReclaimableUntilItIsRemoved) {
  const Upload cancelled = create_upload(20);
  add_part(cancelled, 10);
  add_part(cancelled, 5);
  must(uploads().cancel_upload(owned(cancelled)));
  const Upload expired = create_upload(30);
  add_part(expired, 7);
  clock_.advance(1h);
  EXPECT_EQ(status(find(expired)), "expired");
  EXPECT_EQ(now().cancelled, (Tally{.count = 1, .bytes = 20}));
  EXPECT_EQ(now().expired, (Tally{.count = 1, .bytes = 30}));
  EXPECT_EQ(now().reclaimable, (Tally{.count = 2, .bytes = 22}));
  EXPECT_EQ(now().project.stored_bytes, 0U);

  reap_all(1);
  EXPECT_EQ(now().reclaimable, Tally{});
  clock_.advance(1h);
  must(garbage().sweep(100, 1h));
  EXPECT_EQ(now().cancelled, Tally{}) << "forgotten uploads are not counted";
  EXPECT_EQ(now().expired, Tally{});
}

TEST_P(UsageContract, CountsFilesUntilTheyAreDeletedOrExpire) {
  const StoredFile deleted = create_file(10);
  NewFile mortal = new_file(4);
  mortal.ttl = 1h;
  mortal.purpose = Purpose::batch_output;
  must(uploads().create_file(mortal));
  EXPECT_EQ(now().files_of(Purpose::user_data), (Tally{.count = 1, .bytes = 10}));
  EXPECT_EQ(now().files_of(Purpose::batch_output), (Tally{.count = 1, .bytes = 4}));
  must(uploads().delete_file(owned(deleted)));
  clock_.advance(1h);
  must(garbage().sweep(100, 24h));
  EXPECT_EQ(now().files_of(Purpose::user_data), Tally{});
  EXPECT_EQ(now().files_of(Purpose::batch_output), Tally{});
  EXPECT_EQ(now().reclaimable, (Tally{.count = 2, .bytes = 14}));
  reap_all();
  EXPECT_EQ(now().reclaimable, Tally{});
}

TEST_P(UsageContract, ARefusedVerbCountsNothing) {
  const Upload upload = create_upload(10);
  add_part(upload, 10);
  const Usage before = now();
  NewPart unknown = new_part(5);
  must(garbage().release_intent(unknown.blob.key));
  claim();
  EXPECT_EQ(refused(uploads().add_part(owned(upload), unknown)).code, ErrorCode::unavailable);
  refused(uploads().add_part(owned(upload), new_part(11)));
  refused(uploads().complete_upload(owned(upload), request_for({})));
  NewUpload again = new_upload(5);
  again.id = upload.id;
  EXPECT_EQ(refused(uploads().create_upload(again)).code, ErrorCode::internal);
  EXPECT_EQ(now(), before);
}

TEST_P(UsageContract, NamesTheOldestPendingUploadOfEachProject) {
  const Upload first = create_upload();
  clock_.advance(1s);
  const Upload second = create_upload();
  NewUpload foreign = new_upload(1);
  foreign.project = stranger_;
  const Upload other = must(uploads().create_upload(foreign));
  const auto oldest = [](const Upload& upload) {
    return OldestPending{.id = upload.id, .created_at = upload.created_at};
  };
  EXPECT_EQ(now().oldest_pending, oldest(first));
  must(uploads().cancel_upload(owned(first)));
  EXPECT_EQ(now().oldest_pending, oldest(second));

  const auto all = must(accounts().usage(std::nullopt));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], now());
  EXPECT_EQ(all[1].project.id, stranger_);
  EXPECT_EQ(all[1].oldest_pending, oldest(other));
  const Usage sum = sum_of(all);
  EXPECT_EQ(sum.pending, (Tally{.count = 2, .bytes = 101}));
  EXPECT_EQ(sum.cancelled.count, 1U);
  EXPECT_EQ(sum.oldest_pending->created_at, second.created_at);
  must(uploads().cancel_upload(owned(second)));
  EXPECT_FALSE(now().oldest_pending);
}

TEST_P(UsageContract, OpenUploadsHaveAQuotaThatEveryEndGivesBack) {
  must(accounts().create_project(project_, {.open_uploads = 2}));
  const Upload one = create_upload(0);
  const Upload two = create_upload(10);
  const Error refusal = refused(uploads().create_upload(new_upload(1)));
  EXPECT_EQ(refusal, over_quota_of_open_uploads(2, 2));
  EXPECT_EQ(refusal.code, ErrorCode::quota_exceeded);
  NewUpload foreign = new_upload(1);
  foreign.project = stranger_;
  must(uploads().create_upload(foreign));

  complete(one, {});
  const Upload three = create_upload(1);
  refused(uploads().create_upload(new_upload(1)));
  must(uploads().cancel_upload(owned(three)));
  must(uploads().cancel_upload(owned(three)));
  create_upload(1);
  refused(uploads().create_upload(new_upload(1)));
  clock_.advance(1h);
  EXPECT_EQ(status(find(two)), "expired");
  create_upload(1);
  EXPECT_EQ(now().pending.count, 2U);
}

TEST_P(UsageContract, AQuotaHoldsFromTheMomentItIsSet) {
  create_upload();
  create_upload();
  must(accounts().create_key(
      {.id = {"key_000000000000000000000001"}, .project = project_, .name = {}}));
  must(accounts().set_quotas(project_, {.open_uploads = 1}));
  refused(uploads().create_upload(new_upload(1)));
  must(accounts().set_quotas(project_, {.open_uploads = 3}));
  create_upload();
  refused(uploads().create_upload(new_upload(1)));
  must(accounts().set_quotas(project_, {}));
  create_upload();
}

TEST_P(UsageContract, TheLookAtTheQuotaOfBytesAgreesWithTheCharge) {
  EXPECT_TRUE(run(uploads().check_quota(project_, 1'000'000))) << "a project that nobody made";
  must(accounts().create_project(project_, {.bytes = 100}));
  const Upload upload = create_upload(100);
  add_part(upload, 60);
  must(uploads().check_quota(project_, 40));
  must(uploads().check_quota(project_, 40));  // It holds nothing.
  EXPECT_EQ(refused(uploads().check_quota(project_, 41)), over_quota_of_bytes(60, 100));
  EXPECT_EQ(refused(uploads().add_part(owned(upload), new_part(41))), over_quota_of_bytes(60, 100));
  must(uploads().check_quota(stranger_, 1000));
  add_part(upload, 40);
  must(uploads().check_quota(project_, 0));
  refused(uploads().check_quota(project_, 1));
  must(accounts().set_quotas(project_, {.bytes = 99}));
  refused(uploads().check_quota(project_, 0));
  must(uploads().cancel_upload(owned(upload)));
  must(uploads().check_quota(project_, 99));
}

TEST_P(UsageContract, AReplayedCreateNeedsNoRoomInTheQuota) {
  must(accounts().create_project(project_, {.open_uploads = 1}));
  NewUpload created = new_upload(1);
  created.idempotency = IdempotencyClaim{.key = "again", .request = {}};
  const Upload first = must(uploads().create_upload(created));
  created.id = fresh_upload_id();
  EXPECT_EQ(must(uploads().create_upload(created)).id, first.id);
}

}  // namespace partwise::test
