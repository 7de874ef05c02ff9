// Commits whose answer is lost: each is looked up, and done again only where it was not done.

#include "postgres/lossy_proxy.hpp"
#include "postgres/postgres_fixture.hpp"

namespace partwise::test {

using Loss = LossyProxy::Loss;

class LostCommit : public PostgresTest, public testing::WithParamInterface<Loss> {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    const std::string url = cluster_->url();
    proxy_ = std::make_unique<LossyProxy>(url.substr(url.find("host=") + 5) + "/.s.PGSQL.5432");
    auto through = options();
    through.url = url.substr(0, url.find("host=") + 5) + proxy_->directory();
    through.limits.fold_interval = std::chrono::hours{1};  // Its commits are not those to be lost.
    store_ = open(through);
  }
  // The next verb's commit is lost.
  void lose() { proxy_->lose_next(GetParam()); }
  void TearDown() override {
    if (proxy_) EXPECT_TRUE(proxy_->has_lost()) << "no commit was lost";
    PostgresTest::TearDown();
  }

  std::unique_ptr<LossyProxy> proxy_;
};
INSTANTIATE_TEST_SUITE_P(Postgres, LostCommit, testing::Values(Loss::answer, Loss::request),
                         [](const auto& tested) {
                           return tested.param == Loss::answer ? "answer" : "request";
                         });

TEST_P(LostCommit, AnUploadIsMadeOnce) {
  lose();
  const Upload upload = must(store_->create_upload(new_upload()));
  EXPECT_EQ(must(store_->find_upload(owned(upload))), upload);
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM uploads"), "1");
}

TEST_P(LostCommit, AnUploadWithAKeyIsMadeOnce) {
  auto upload = new_upload();
  upload.idempotency = IdempotencyClaim{.key = "k", .request = {}};
  lose();
  EXPECT_EQ(must(store_->create_upload(upload)).id, upload.id);
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM uploads"), "1");
}

TEST_P(LostCommit, APartIsAddedOnce) {
  const Upload upload = must(store_->create_upload(new_upload()));
  const NewPart part = new_part(10);
  lose();
  const Part added = must(store_->add_part(owned(upload), part));
  EXPECT_EQ(added.blob, part.blob);
  const Upload after = must(store_->find_upload(owned(upload)));
  EXPECT_EQ(after.part_count, 1U);
  EXPECT_EQ(after.stored_bytes, 10U);
}

TEST_P(LostCommit, ACompleteWinsOnceAndIsNoReplay) {
  const Upload upload = must(store_->create_upload(new_upload(10)));
  const Part part = must(store_->add_part(owned(upload), new_part(10)));
  lose();
  const FileId file{"file-0000000000000000000001"};
  CompleteRequest request;
  request.part_ids = {part.id.text};
  request.file_id = file;
  const auto outcome = must(store_->complete_upload(owned(upload), request));
  EXPECT_FALSE(outcome.replayed);
  EXPECT_EQ(std::get<Completed>(outcome.upload.state).file.id, file);
}

TEST_P(LostCommit, ACancelIsDone) {
  const Upload upload = must(store_->create_upload(new_upload(10)));
  must(store_->add_part(owned(upload), new_part(10)));
  lose();
  EXPECT_EQ(status_text(must(store_->cancel_upload(owned(upload))).state), "cancelled");
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM reap_jobs"), "1");
}

TEST_P(LostCommit, AFileIsStoredOnceAndDeletedOnce) {
  NewFile file;
  file.id = {"file-0000000000000000000001"};
  file.project = project_;
  file.blob = new_part(10).blob;
  lose();
  const StoredFile stored = must(store_->create_file(file));
  EXPECT_EQ(stored.id, file.id);
  lose();
  EXPECT_EQ(must(store_->delete_file({project_, stored.id})).id, file.id);
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM reap_jobs"), "1");
}

TEST_P(LostCommit, AnIntentAKeyAndAProjectAreMadeOnce) {
  const auto key = *BlobKey::parse("000102030405060708090a0b0c0d0e0f");
  lose();
  must(store_->record_intent(key, run_));
  lose();
  must(store_->create_key(
      {.id = {"key_000000000000000000000001"}, .project = project_, .name = {}}));
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM api_keys"), "1");
  lose();
  must(store_->create_project({"other"}, {.bytes = 5}));
}

TEST_P(LostCommit, WhatWasClaimedIsClaimedAgainAndSettledOnce) {
  const Upload upload = must(store_->create_upload(new_upload(10)));
  must(store_->add_part(owned(upload), new_part(10)));
  must(store_->cancel_upload(owned(upload)));
  lose();
  const auto batch = must(store_->claim_work(run_, 10, {}));
  ASSERT_EQ(batch.work.size(), 1U);
  lose();
  must(store_->settle_work(batch.work));
  EXPECT_EQ(cluster_->ask("SELECT count(*) FROM parts"), "0");
}

// Nobody can be asked any more.
TEST_P(LostCommit, WhereNothingCanBeLookedUpTheOutcomeIsUnknown) {
  store_.reset();
  auto impatient = options();
  const std::string url = cluster_->url();
  impatient.url = url.substr(0, url.find("host=") + 5) + proxy_->directory();
  impatient.limits.queue_wait_max = std::chrono::milliseconds{500};
  impatient.limits.connections = 1;  // So that the verb has one when no other can be made.
  impatient.limits.fold_interval = std::chrono::hours{1};
  store_ = open(impatient);
  const Upload upload = must(store_->create_upload(new_upload()));
  const NewPart part = new_part(10);
  lose();
  proxy_->refuse_all();
  const auto added = run(store_->add_part(owned(upload), part));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::unavailable);
}

}  // namespace partwise::test
