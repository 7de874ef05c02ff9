// The contract of UploadStore: the three ways in which an upload ends, and that it ends for good.

#include "core/transitions.hpp"
#include "metadata_contract.hpp"

namespace partwise::test {

class UploadEndingContract : public MetadataContract {
 protected:
  // Every verb that would change an upload finds it ended as `word`.
  void expect_ended(const Upload& upload, std::string_view word) {
    const Upload before = find(upload);
    EXPECT_EQ(status(before), word);
    const Error add = refused(uploads().add_part(owned(upload), new_part(1)));
    EXPECT_EQ(add.code, ErrorCode::state_conflict);
    EXPECT_EQ(add.message, not_pending(before).message);
    const Error complete = refused(uploads().complete_upload(owned(upload), request_for({})));
    EXPECT_EQ(complete.code, ErrorCode::state_conflict);
    if (word != "cancelled") {
      const Error cancel = refused(uploads().cancel_upload(owned(upload)));
      EXPECT_EQ(cancel.code, ErrorCode::state_conflict);
      EXPECT_EQ(cancel.message, not_pending(before).message);
    }
    const PageRequest page{.after = {}, .limit = 10, .purpose = {}};
    EXPECT_TRUE(must(uploads().list_parts(owned(upload), page)).items.empty());
    EXPECT_EQ(find(upload), before);
  }
};
INSTANTIATE_TEST_SUITE_P(Metadata, UploadEndingContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(UploadEndingContract, CancelEndsAnUploadForGoodAndFreesItsBytes) {
  const Upload upload = create_upload(100);
  const std::vector parts{add_part(upload, 60), add_part(upload, 50)};
  clock_.advance(7s);
  const Upload cancelled = must(uploads().cancel_upload(owned(upload)));
  EXPECT_EQ(std::get<Cancelled>(cancelled.state).ended_at, clock_.now());
  EXPECT_EQ(cancelled.expires_at, upload.expires_at);
  EXPECT_EQ(billed(project_), 0U);
  expect_ended(upload, "cancelled");
  EXPECT_EQ(reap_all(), keys_of(parts));
  expect_ended(upload, "cancelled");
}

TEST_P(UploadEndingContract, CancelAgainIsTheSameUploadAndFreesNothingTwice) {
  const Upload upload = create_upload(100);
  add_part(upload, 60);
  const Upload other = create_upload(100);
  add_part(other, 5);
  const Upload first = must(uploads().cancel_upload(owned(upload)));
  clock_.advance(2h);
  EXPECT_EQ(must(uploads().cancel_upload(owned(upload))), first);
  EXPECT_EQ(find(upload), first);
  EXPECT_EQ(billed(project_), 5U);
  EXPECT_EQ(claim().work.size(), 1U);
}

TEST_P(UploadEndingContract, CancelOfAnUploadWithoutPartsLeavesNothingToReap) {
  const Upload upload = create_upload(100);
  must(uploads().cancel_upload(owned(upload)));
  EXPECT_TRUE(claim().work.empty());
}

TEST_P(UploadEndingContract, CompleteMakesAFileOfThePartsInTheOrderAskedFor) {
  NewUpload created = new_upload(30);
  created.file_ttl = 7200s;
  const Upload upload = must(uploads().create_upload(created));
  const Part a = add_part(upload, 10);
  const Part b = add_part(upload, 20);
  clock_.advance(9s);
  CompleteRequest request = request_for({b, a});
  request.md5 = request.computed_md5 = Md5Digest{std::byte{7}};
  const auto outcome = must(uploads().complete_upload(owned(upload), request));
  EXPECT_FALSE(outcome.replayed);
  EXPECT_EQ(find(upload), outcome.upload);
  const auto& completed = std::get<Completed>(outcome.upload.state);
  EXPECT_EQ(completed.ended_at, clock_.now());
  EXPECT_EQ(completed.md5, request.md5);
  EXPECT_EQ(completed.request, fingerprint_of(request.part_ids));
  const StoredFile& file = completed.file;
  EXPECT_EQ(file.id, request.file_id);
  EXPECT_EQ(file.bytes, 30U);
  EXPECT_EQ(file.filename, upload.filename);
  EXPECT_EQ(file.purpose, upload.purpose);
  EXPECT_EQ(file.created_at, upload.created_at);
  EXPECT_EQ(file.expires_at, upload.created_at + 7200s);
  EXPECT_EQ(file.crc64, crc64_of({b.blob, a.blob}));
  EXPECT_EQ(file.md5, request.computed_md5);
  const FileContent content = must(uploads().find_file(owned(file)));
  EXPECT_EQ(content.file, file);
  EXPECT_EQ(content.manifest, (Manifest{b.blob, a.blob}));
  EXPECT_EQ(billed(project_), 30U);
  expect_ended(upload, "completed");
  EXPECT_TRUE(reap_all().empty());
  expect_ended(upload, "completed");
}

TEST_P(UploadEndingContract, PartsThatTheFileDoesNotUseAreReapedAndNoLongerCharged) {
  const Upload upload = create_upload(10);
  const Part copy = add_part(upload, 10);
  const Part used = add_part(upload, 10);
  const Part other = add_part(upload, 3);
  const StoredFile file = complete(upload, {used});
  EXPECT_EQ(billed(project_), 10U);
  EXPECT_EQ(reap_all(1), keys_of({copy, other}));
  EXPECT_EQ(must(uploads().find_file(owned(file))).manifest, Manifest{used.blob});
}

TEST_P(UploadEndingContract, AnEmptyUploadCompletesIntoAnEmptyFile) {
  const Upload upload = create_upload(0);
  const StoredFile file = complete(upload, {});
  EXPECT_TRUE(must(uploads().find_file(owned(file))).manifest.empty());
  EXPECT_TRUE(claim().work.empty());
  must(uploads().delete_file(owned(file)));
  EXPECT_TRUE(claim().work.empty());
}

TEST_P(UploadEndingContract, ARefusedCompleteLeavesTheUploadPending) {
  const Upload upload = create_upload(30);
  const Part a = add_part(upload, 10);
  const Part b = add_part(upload, 20);
  const Upload other = create_upload(30);
  const Part foreign = add_part(other, 20);
  const Upload before = find(upload);

  const auto refusal = [&](const CompleteRequest& request) {
    return refused(uploads().complete_upload(owned(upload), request));
  };
  EXPECT_EQ(refusal(request_for({a})).param, "part_ids");
  EXPECT_EQ(refusal(request_for({a, foreign})).param, "part_ids");
  EXPECT_EQ(refusal(request_for({a, b, b})).param, "part_ids");
  CompleteRequest odd = request_for({a, b});
  odd.part_ids.push_back("../../etc/passwd");
  EXPECT_EQ(refusal(odd).code, ErrorCode::invalid_request);
  CompleteRequest wrong = request_for({a, b});
  wrong.md5 = Md5Digest{std::byte{1}};
  wrong.computed_md5 = Md5Digest{std::byte{2}};
  EXPECT_EQ(refusal(wrong).param, "md5");
  wrong.computed_md5.reset();
  EXPECT_EQ(refusal(wrong).code, ErrorCode::unavailable);

  EXPECT_EQ(find(upload), before);
  EXPECT_TRUE(claim().work.empty());
  complete(upload, {a, b});
}

TEST_P(UploadEndingContract, ALostAnswerOfCompleteIsGivenAgain) {
  const Upload upload = create_upload(10);
  const Part part = add_part(upload, 10);
  CompleteRequest request = request_for({part});
  const auto first = must(uploads().complete_upload(owned(upload), request));
  clock_.advance(2h);
  request.file_id = fresh_file_id();
  const auto again = must(uploads().complete_upload(owned(upload), request));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.upload, first.upload);
  EXPECT_EQ(refused(uploads().find_file({project_, request.file_id})).code, ErrorCode::not_found);
  EXPECT_EQ(billed(project_), 10U);
}

TEST_P(UploadEndingContract, TheAnswerOfCompleteOutlivesItsFile) {
  const Upload upload = create_upload(10);
  const Part part = add_part(upload, 10);
  const CompleteRequest request = request_for({part});
  const auto first = must(uploads().complete_upload(owned(upload), request));
  must(uploads().delete_file({project_, request.file_id}));
  reap_all();
  const auto again = must(uploads().complete_upload(owned(upload), request));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.upload, first.upload);
}

TEST_P(UploadEndingContract, ADigestThatAReplayComputedIsKnownOnceTheFileIsGone) {
  const Upload upload = create_upload(10);
  CompleteRequest request = request_for({add_part(upload, 10)});
  const auto first = must(uploads().complete_upload(owned(upload), request));
  request.md5 = request.computed_md5 = md5(as_bytes("what the parts hold"));
  EXPECT_EQ(must(uploads().complete_upload(owned(upload), request)).upload, first.upload);
  must(uploads().delete_file({project_, request.file_id}));
  reap_all();
  request.computed_md5.reset();
  const auto again = must(uploads().complete_upload(owned(upload), request));
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.upload, first.upload);
  request.md5 = md5(as_bytes("something else"));
  EXPECT_EQ(refused(uploads().complete_upload(owned(upload), request)).code,
            ErrorCode::state_conflict);
}

TEST_P(UploadEndingContract, ADigestThatARefusedReplayComputedIsKnownToo) {
  const Upload upload = create_upload(10);
  CompleteRequest request = request_for({add_part(upload, 10)});
  const auto first = must(uploads().complete_upload(owned(upload), request));
  const auto right = md5(as_bytes("what the parts hold"));
  request.md5 = md5(as_bytes("something else"));
  request.computed_md5 = right;
  EXPECT_EQ(refused(uploads().complete_upload(owned(upload), request)).param, "md5");
  // Computed over other parts: it says nothing of the file.
  CompleteRequest other = request;
  other.part_ids.emplace_back("part_unknown");
  other.computed_md5 = md5(as_bytes("other parts"));
  EXPECT_EQ(refused(uploads().complete_upload(owned(upload), other)).param, "part_ids");
  must(uploads().delete_file({project_, request.file_id}));
  request.md5 = right;
  request.computed_md5.reset();
  EXPECT_EQ(must(uploads().complete_upload(owned(upload), request)).upload, first.upload);
}

TEST_P(UploadEndingContract, CompleteAgainWithOtherPartsIsRefused) {
  const Upload upload = create_upload(10);
  const Part a = add_part(upload, 10);
  const Part b = add_part(upload, 10);
  complete(upload, {a});
  const Error error = refused(uploads().complete_upload(owned(upload), request_for({b})));
  EXPECT_EQ(error.code, ErrorCode::state_conflict);
}

TEST_P(UploadEndingContract, AFileIdThatIsTakenLeavesTheUploadPending) {
  const Upload upload = create_upload(10);
  const Part part = add_part(upload, 10);
  const StoredFile taken = create_file();
  CompleteRequest request = request_for({part});
  request.file_id = taken.id;
  EXPECT_EQ(refused(uploads().complete_upload(owned(upload), request)).code, ErrorCode::internal);
  EXPECT_EQ(status(find(upload)), "pending");
  complete(upload, {part});
}

TEST_P(UploadEndingContract, AnUploadIsPendingUntilItsDeadlineAndNotAtIt) {
  const Upload upload = create_upload(10);
  clock_.advance(1h - 1s);
  const Part part = add_part(upload, 10);
  clock_.advance(1s);
  EXPECT_EQ(refused(uploads().complete_upload(owned(upload), request_for({part}))).code,
            ErrorCode::state_conflict);
  expect_ended(upload, "expired");
  EXPECT_EQ(std::get<Expired>(find(upload).state).ended_at, clock_.now());
  EXPECT_EQ(billed(project_), 0U);
}

TEST_P(UploadEndingContract, AClockThatIsSetBackRevivesNothing) {
  const NewPart late = new_part(1);
  const std::vector<std::function<void(const OwnedUploadId&)>> verbs{
      [&](const OwnedUploadId& id) {
        EXPECT_EQ(status(must(uploads().find_upload(id))), "expired");
      },
      [&](const OwnedUploadId& id) { (void)refused(uploads().add_part(id, late)); },
      [&](const OwnedUploadId& id) {
        (void)refused(uploads().complete_upload(id, request_for({})));
      },
      [&](const OwnedUploadId& id) { (void)refused(uploads().cancel_upload(id)); },
      [&](const OwnedUploadId& id) {
        const PageRequest page{.after = {}, .limit = 10, .purpose = {}};
        EXPECT_TRUE(must(uploads().list_parts(id, page)).items.empty());
      },
  };
  for (const auto& verb : verbs) {
    const Upload upload = create_upload(10);
    add_part(upload, 10);
    clock_.advance(1h);
    verb(owned(upload));
    clock_.jump_wall(-2h);
    expect_ended(upload, "expired");
    EXPECT_EQ(billed(project_), 0U);
  }
}

TEST_P(UploadEndingContract, WhatEndedByTimeIsHeldBack) {
  const Upload upload = create_upload(10);
  const std::vector parts{add_part(upload, 10), add_part(upload, 1)};
  clock_.advance(1h);
  EXPECT_EQ(status(find(upload)), "expired");
  const ReapBatch nothing = claim();
  EXPECT_TRUE(nothing.work.empty());
  EXPECT_GT(nothing.newest_job, 0U);
  const ReapBatch ripe = claim(1000, {.held_through = nothing.newest_job, .passed_over = {}});
  ASSERT_EQ(ripe.work.size(), 1U);
  EXPECT_EQ(ripe.work.front().blobs, keys_of(parts));
}

TEST_P(UploadEndingContract, EndedUploadsStayReadable) {
  const Upload upload = create_upload(10);
  must(uploads().cancel_upload(owned(upload)));
  clock_.advance(24h * 365);
  EXPECT_EQ(status(find(upload)), "cancelled");
}

}  // namespace partwise::test
