// The contract of UploadStore: making uploads, and adding parts to them.

#include "metadata_contract.hpp"
#include "support/running.hpp"

namespace partwise::test {

class UploadStoreContract : public MetadataContract {};
INSTANTIATE_TEST_SUITE_P(Metadata, UploadStoreContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(UploadStoreContract, ANewUploadIsPendingAndKeepsWhatItWasGiven) {
  NewUpload created = new_upload(4'000'000'000);
  created.file_ttl = 7200s;
  created.filename = std::string("a\0b \xF0\x9F\x9A\x80", 8);
  const Upload upload = must(uploads().create_upload(created));
  EXPECT_EQ(upload.id, created.id);
  EXPECT_EQ(upload.project, project_);
  EXPECT_EQ(upload.bytes, 4'000'000'000U);
  EXPECT_EQ(upload.filename, created.filename);
  EXPECT_EQ(upload.purpose, Purpose::fine_tune);
  EXPECT_EQ(upload.mime_type, "text/jsonl");
  EXPECT_EQ(upload.created_at, clock_.now());
  EXPECT_EQ(upload.expires_at, clock_.now() + 1h);
  EXPECT_EQ(upload.file_ttl, created.file_ttl);
  EXPECT_EQ(upload.part_count, 0U);
  EXPECT_EQ(status(upload), "pending");
  EXPECT_EQ(find(upload), upload);
}

TEST_P(UploadStoreContract, AnUploadIdIsUsedOnce) {
  const NewUpload created = new_upload(1);
  const Upload first = must(uploads().create_upload(created));
  NewUpload second = created;
  second.bytes = 2;
  EXPECT_EQ(refused(uploads().create_upload(second)).code, ErrorCode::internal);
  EXPECT_EQ(find(first), first);
}

TEST_P(UploadStoreContract, AnUnknownUploadIsNotFoundByAnyVerb) {
  const OwnedUploadId id{project_, fresh_upload_id()};
  const NewPart part = new_part(1);
  EXPECT_EQ(refused(uploads().find_upload(id)).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().list_parts(id, {.after = {}, .limit = 1, .purpose = {}})).code,
            ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().add_part(id, part)).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().complete_upload(id, request_for({}))).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().cancel_upload(id)).code, ErrorCode::not_found);
}

TEST_P(UploadStoreContract, AnotherProjectsUploadIsNotFoundByAnyVerbAndStaysAsItWas) {
  const Upload upload = create_upload();
  const OwnedUploadId id{stranger_, upload.id};
  const NewPart part = new_part(1);
  EXPECT_EQ(refused(uploads().find_upload(id)).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().list_parts(id, {.after = {}, .limit = 1, .purpose = {}})).code,
            ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().add_part(id, part)).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().complete_upload(id, request_for({}))).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().cancel_upload(id)).code, ErrorCode::not_found);
  EXPECT_EQ(find(upload), upload);
}

TEST_P(UploadStoreContract, AStrangerDoesNotEvenExpireAnUpload) {
  const Upload upload = create_upload();
  clock_.advance(1h);
  EXPECT_EQ(refused(uploads().find_upload({stranger_, upload.id})).code, ErrorCode::not_found);
  clock_.jump_wall(-1h);
  EXPECT_EQ(status(find(upload)), "pending");
}

TEST_P(UploadStoreContract, APartIsCountedOnItsUploadAndChargedToItsProject) {
  const Upload upload = create_upload(100);
  NewPart added = new_part(60);
  added.digests.md5 = Md5Digest{std::byte{1}};
  added.digests.sha256 = Sha256Digest{std::byte{2}};
  clock_.advance(5s);
  const Part part = must(uploads().add_part(owned(upload), added));
  EXPECT_EQ(part.id, added.id);
  EXPECT_EQ(part.upload_id, upload.id);
  EXPECT_EQ(part.created_at, clock_.now());
  EXPECT_EQ(part.blob, added.blob);
  EXPECT_EQ(part.digests, added.digests);
  const Part second = add_part(upload, 0);
  EXPECT_GT(second.sequence, part.sequence);
  EXPECT_EQ(find(upload).part_count, 2U);
  EXPECT_EQ(find(upload).stored_bytes, 60U);
  EXPECT_EQ(billed(project_), 60U);
  EXPECT_EQ(billed(stranger_), 0U);
  const auto page = must(uploads().list_parts(
      owned(upload), {.after = {}, .limit = 10, .order = Order::asc, .purpose = {}}));
  EXPECT_EQ(page.items, (std::vector{part, second}));
}

TEST_P(UploadStoreContract, APartWithoutItsIntentIsUnavailableAndChangesNothing) {
  const Upload upload = create_upload();
  const NewPart part{
      .id = fresh_part_id(), .blob = {.key = fresh_key(), .bytes = 10}, .digests = {}};
  EXPECT_EQ(refused(uploads().add_part(owned(upload), part)).code, ErrorCode::unavailable);
  EXPECT_EQ(find(upload), upload);
  EXPECT_EQ(billed(project_), 0U);
}

TEST_P(UploadStoreContract, ABlobIsAdoptedOnce) {
  const Upload upload = create_upload();
  NewPart part = new_part(10);
  must(uploads().add_part(owned(upload), part));
  part.id = fresh_part_id();
  EXPECT_EQ(refused(uploads().add_part(owned(upload), part)).code, ErrorCode::unavailable);
  EXPECT_EQ(find(upload).part_count, 1U);
  EXPECT_EQ(billed(project_), 10U);
}

TEST_P(UploadStoreContract, ABlobThatTheReaperClaimedIsNotAdopted) {
  const Upload upload = create_upload();
  const NewPart part = new_part(10);
  must(garbage().release_intent(part.blob.key));
  EXPECT_EQ(claim().work.size(), 1U);
  EXPECT_EQ(refused(uploads().add_part(owned(upload), part)).code, ErrorCode::unavailable);
  EXPECT_EQ(find(upload).part_count, 0U);
  EXPECT_EQ(reap_all(), std::vector{part.blob.key});
}

TEST_P(UploadStoreContract, ARefusedPartLeavesItsBlobToBeReaped) {
  const Upload upload = create_upload(10);
  const NewPart part = new_part(11);
  EXPECT_EQ(refused(uploads().add_part(owned(upload), part)).code, ErrorCode::invalid_request);
  must(garbage().release_intent(part.blob.key));
  EXPECT_EQ(reap_all(), std::vector{part.blob.key});
}

TEST_P(UploadStoreContract, APartMayBeAsLargeAsTheDeclaredBytesAndNoLarger) {
  const Upload upload = create_upload(10);
  EXPECT_EQ(refused(uploads().add_part(owned(upload), new_part(11))).code,
            ErrorCode::invalid_request);
  add_part(upload, 10);
}

TEST_P(UploadStoreContract, StoredBytesEndAtTwiceTheDeclaredBytesPlusTheSlack) {
  open({.stored_bytes_slack = 5});
  const Upload upload = create_upload(10);
  add_part(upload, 10);
  add_part(upload, 10);
  add_part(upload, 4);
  EXPECT_EQ(refused(uploads().add_part(owned(upload), new_part(2))).code,
            ErrorCode::invalid_request);
  EXPECT_EQ(find(upload).stored_bytes, 24U);
  add_part(upload, 1);
  EXPECT_EQ(billed(project_), 25U);
}

TEST_P(UploadStoreContract, TheNumberOfPartsIsLimited) {
  open({.parts_per_upload_max = 2});
  const Upload upload = create_upload(10);
  add_part(upload, 1);
  add_part(upload, 1);
  EXPECT_EQ(refused(uploads().add_part(owned(upload), new_part(1))).code,
            ErrorCode::invalid_request);
  EXPECT_EQ(find(upload).part_count, 2U);
}

TEST_P(UploadStoreContract, TheQuotaCountsPartsOfAllUploadsAndFilesOfTheProject) {
  must(accounts().create_project(project_, {.bytes = 30}));
  const Upload one = create_upload(100);
  const Upload two = create_upload(100);
  add_part(one, 10);
  create_file(10);
  EXPECT_EQ(refused(uploads().add_part(owned(two), new_part(11))).code, ErrorCode::quota_exceeded);
  EXPECT_EQ(refused(uploads().create_file(new_file(11))).code, ErrorCode::quota_exceeded);
  EXPECT_EQ(find(two), two);
  EXPECT_EQ(billed(project_), 20U);
  add_part(two, 10);
  must(uploads().cancel_upload(owned(one)));
  create_file(10);
  EXPECT_EQ(billed(project_), 30U);
}

TEST_P(UploadStoreContract, AFullQuotaOfOneProjectDoesNotStopAnother) {
  must(accounts().create_project(project_, {.bytes = 0}));
  NewUpload created = new_upload(10);
  created.project = stranger_;
  const Upload upload = must(uploads().create_upload(created));
  add_part(upload, 10);
  EXPECT_EQ(billed(stranger_), 10U);
}

// Two at once: the second one finds the record of the first, whichever order they are asked in.
TEST_P(UploadStoreContract, OneClaimMakesOneUpload) {
  NewUpload first = new_upload(1);
  first.idempotency = IdempotencyClaim{.key = "k", .request = sha256(as_bytes("a"))};
  NewUpload second = new_upload(1);
  second.idempotency = first.idempotency;
  boost::asio::io_context loop;
  Running<Result<Upload>> one(loop, uploads().create_upload(first));
  Running<Result<Upload>> two(loop, uploads().create_upload(second));
  step_until(loop, [&] { return one.done() && two.done(); });
  const Upload made = one.value().value();
  EXPECT_EQ(two.value().value(), made);
  EXPECT_EQ(
      must(uploads().list_uploads(project_, {.after = {}, .limit = 9, .purpose = {}})).items.size(),
      1U);
  NewUpload foreign = new_upload(1);
  foreign.project = stranger_;
  foreign.idempotency = first.idempotency;
  EXPECT_NE(must(uploads().create_upload(foreign)).id, made.id);
  NewUpload other = new_upload(1);
  other.idempotency = IdempotencyClaim{.key = "k", .request = sha256(as_bytes("b"))};
  EXPECT_EQ(refused(uploads().create_upload(other)).param, "Idempotency-Key");
}

TEST_P(UploadStoreContract, AClaimIsForgottenAfterItsTimeAndWithItsUpload) {
  NewUpload first = new_upload(1);
  first.idempotency = IdempotencyClaim{.key = "k", .request = sha256(as_bytes("a"))};
  const Upload made = must(uploads().create_upload(first));
  must(uploads().cancel_upload({project_, made.id}));
  const auto again = [&] {
    NewUpload next = new_upload(1);
    next.idempotency = first.idempotency;
    return must(uploads().create_upload(next)).id;
  };
  clock_.advance(kIdempotencyTtl - 1s);
  EXPECT_EQ(again(), made.id);
  must(garbage().sweep(100, 60s));  // The ended upload is a tombstone now.
  const UploadId next = again();
  EXPECT_NE(next, made.id);
  EXPECT_EQ(again(), next);  // The record is of the newer one.
  clock_.advance(kIdempotencyTtl);
  const auto swept = must(garbage().sweep(100, 7 * 24h));
  EXPECT_GE(swept.purged, 1U);
  EXPECT_NE(again(), next);
}

}  // namespace partwise::test
