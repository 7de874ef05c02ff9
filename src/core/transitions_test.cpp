#include "core/transitions.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace partwise {

namespace {

constexpr std::int64_t kCreated = 1'700'000'000;
constexpr std::int64_t kDeadline = kCreated + 3600;
const Timestamp kBefore = from_unix_seconds(kDeadline - 1);
const Timestamp kAt = from_unix_seconds(kDeadline);

Upload pending_upload(std::uint64_t bytes = 6) {
  Upload upload;
  upload.id = {"upload_1"};
  upload.project = {"default"};
  upload.bytes = bytes;
  upload.filename = "name.jsonl";
  upload.purpose = Purpose::batch;
  upload.created_at = from_unix_seconds(kCreated);
  upload.expires_at = from_unix_seconds(kDeadline);
  return upload;
}

Upload in_state(UploadState state) {
  Upload upload = pending_upload();
  upload.state = std::move(state);
  return upload;
}

Part part_of(const std::string& id, std::string_view content) {
  Part part;
  part.id = {id};
  part.upload_id = {"upload_1"};
  part.blob.key.bytes[0] = static_cast<std::byte>(id.back());
  part.blob.bytes = content.size();
  Crc64 crc;
  crc.update(as_bytes(content));
  part.blob.crc64 = crc.value();
  return part;
}

const std::vector<Part> kParts{part_of("part_a", "abc"), part_of("part_b", "def"),
                               part_of("part_c", "xyz")};

CompleteRequest request_for(std::vector<std::string> part_ids) {
  return {.part_ids = std::move(part_ids), .md5 = {}, .computed_md5 = {}, .file_id = {"file-1"}};
}

const Completed& completed_of(const JudgedCompletion& completion) {
  return std::get<Completed>(completion.upload.state);
}

// A completed upload, as its winning request left it.
Upload completed_by(const CompleteRequest& request) {
  return judge_complete(pending_upload(), kParts, request, kBefore)->upload;
}

const Md5Digest kRight = md5(as_bytes("abcdef"));
const Md5Digest kWrong = md5(as_bytes("something else"));

}  // namespace

TEST(UploadState, HasTheWordsOfTheWire) {
  EXPECT_EQ(status_text(Pending{}), "pending");
  EXPECT_EQ(status_text(Completed{}), "completed");
  EXPECT_EQ(status_text(Cancelled{}), "cancelled");
  EXPECT_EQ(status_text(Expired{}), "expired");
}

TEST(UploadState, IsOverdueFromTheSecondOfItsDeadline) {
  EXPECT_FALSE(is_overdue(pending_upload(), kBefore));
  EXPECT_TRUE(is_overdue(pending_upload(), kAt));
  EXPECT_TRUE(is_overdue(pending_upload(), kAt + std::chrono::hours(1)));
}

TEST(UploadState, ThatEndedIsNeverOverdue) {
  for (const UploadState& state :
       {UploadState{Completed{}}, UploadState{Cancelled{}}, UploadState{Expired{}}}) {
    const Upload upload = in_state(state);
    EXPECT_FALSE(is_overdue(upload, kAt));
    EXPECT_EQ(at_time(upload, kAt), upload);
  }
}

TEST(UploadState, AtTimeExpiresWhatIsOverdueAndChangesNothingElse) {
  EXPECT_EQ(at_time(pending_upload(), kBefore), pending_upload());
  EXPECT_EQ(at_time(pending_upload(), kAt), in_state(Expired{.ended_at = kAt}));
}

TEST(Refusals, AreTheSentencesOfTheWireContract) {
  EXPECT_EQ(not_pending(in_state(Cancelled{})),
            (Error{ErrorCode::state_conflict, "Upload upload_1 is not pending (status: cancelled).",
                   ""}));
  EXPECT_EQ(no_such_upload("x"),
            (Error{ErrorCode::not_found, "No such Upload object: x", "upload_id"}));
  EXPECT_EQ(no_such_file("x"), (Error{ErrorCode::not_found, "No such File object: x", "id"}));
}

TEST(Refusals, CannotBeFloodedWithALongId) {
  const std::string id(1'000'000, 'x');
  EXPECT_LT(no_such_upload(id).message.size(), 200U);
  EXPECT_LT(no_such_file(id).message.size(), 200U);
  EXPECT_LT(
      judge_complete(pending_upload(), kParts, request_for({id}), kBefore).error().message.size(),
      300U);
}

TEST(JudgePart, LetsAPendingUploadGrow) {
  EXPECT_TRUE(judge_part(pending_upload(), 0, {}, kBefore));
  EXPECT_TRUE(judge_part(pending_upload(), 6, {}, kBefore));
}

TEST(JudgePart, NamesTheStateOfAnUploadThatEnded) {
  const auto state_after = [](const UploadState& state, Timestamp now) {
    const auto judged = judge_part(in_state(state), 1, {}, now);
    EXPECT_EQ(judged.error().code, ErrorCode::state_conflict);
    return judged.error().message;
  };
  EXPECT_EQ(state_after(Completed{}, kBefore),
            "Upload upload_1 is not pending (status: completed).");
  EXPECT_EQ(state_after(Cancelled{}, kBefore),
            "Upload upload_1 is not pending (status: cancelled).");
  EXPECT_EQ(state_after(Expired{}, kBefore), "Upload upload_1 is not pending (status: expired).");
  EXPECT_EQ(state_after(Pending{}, kAt), "Upload upload_1 is not pending (status: expired).");
}

TEST(JudgePart, RefusesAPartLargerThanTheDeclaredBytes) {
  const auto judged = judge_part(pending_upload(), 7, {}, kBefore);
  EXPECT_EQ(judged.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(judged.error().param, "data");
  EXPECT_NE(judged.error().message.find("7 bytes"), std::string::npos);
  EXPECT_NE(judged.error().message.find("6 bytes"), std::string::npos);
}

TEST(JudgePart, BoundsWhatRetriesMayLeaveBehind) {
  const CoreLimits limits{.stored_bytes_slack = 10};
  Upload upload = pending_upload();
  upload.stored_bytes = 16;  // Twice 6, and 10.
  EXPECT_TRUE(judge_part(upload, 6, limits, kBefore));
  upload.stored_bytes = 17;
  EXPECT_EQ(judge_part(upload, 6, limits, kBefore).error().code, ErrorCode::invalid_request);
  EXPECT_TRUE(judge_part(upload, 5, limits, kBefore));
  // More than allowed is there already, as after a restart with lower limits.
  upload.stored_bytes = 1000;
  EXPECT_EQ(judge_part(upload, 1, limits, kBefore).error().code, ErrorCode::invalid_request);
  EXPECT_TRUE(judge_part(upload, 0, limits, kBefore));
}

TEST(JudgePart, BoundsTheNumberOfParts) {
  const CoreLimits limits{.parts_per_upload_max = 3};
  Upload upload = pending_upload();
  upload.part_count = 2;
  EXPECT_TRUE(judge_part(upload, 1, limits, kBefore));
  upload.part_count = 3;
  EXPECT_EQ(judge_part(upload, 1, limits, kBefore).error().code, ErrorCode::invalid_request);
}

TEST(JudgePart, SpeaksOfTheStateFirst) {
  const CoreLimits limits{.stored_bytes_slack = 0, .parts_per_upload_max = 0};
  Upload upload = in_state(Cancelled{});
  upload.stored_bytes = 1000;
  EXPECT_EQ(judge_part(upload, 1000, limits, kBefore).error().code, ErrorCode::state_conflict);
}

TEST(JudgeCancel, EndsAPendingUpload) {
  EXPECT_EQ(judge_cancel(pending_upload(), kBefore), in_state(Cancelled{.ended_at = kBefore}));
}

TEST(JudgeCancel, AgainIsTheSameObject) {
  const Upload cancelled = in_state(Cancelled{.ended_at = kBefore});
  EXPECT_EQ(judge_cancel(cancelled, kAt + std::chrono::hours(1)), cancelled);
}

TEST(JudgeCancel, RefusesWhatEndedOtherwise) {
  EXPECT_EQ(judge_cancel(in_state(Completed{}), kBefore).error().message,
            "Upload upload_1 is not pending (status: completed).");
  EXPECT_EQ(judge_cancel(in_state(Expired{}), kBefore).error().message,
            "Upload upload_1 is not pending (status: expired).");
  EXPECT_EQ(judge_cancel(pending_upload(), kAt).error().message,
            "Upload upload_1 is not pending (status: expired).");
}

TEST(SelectParts, FollowsTheOrderOfTheRequest) {
  const std::vector<std::string> ids{"part_c", "part_a"};
  const auto selected = select_parts(kParts, ids);
  ASSERT_EQ(selected->size(), 2U);
  EXPECT_EQ(selected->at(0), kParts[2]);
  EXPECT_EQ(selected->at(1), kParts[0]);
}

TEST(SelectParts, NamesTheFirstIdThatIsWrongAndItsPosition) {
  const std::vector<std::string> unknown{"part_a", "part_x", "part_y"};
  const auto refused = select_parts(kParts, unknown);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(refused.error().param, "part_ids");
  EXPECT_NE(refused.error().message.find("part_ids[1]"), std::string::npos);
  EXPECT_NE(refused.error().message.find("part_x"), std::string::npos);

  const std::vector<std::string> twice{"part_a", "part_b", "part_a"};
  const auto doubled = select_parts(kParts, twice);
  EXPECT_EQ(doubled.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(doubled.error().param, "part_ids");
  EXPECT_NE(doubled.error().message.find("part_ids[2]"), std::string::npos);
  EXPECT_NE(doubled.error().message.find("part_a"), std::string::npos);
}

TEST(JudgeComplete, MakesTheFileOfTheUpload) {
  Upload upload = pending_upload();
  upload.file_ttl = std::chrono::seconds{7200};
  const auto completion =
      judge_complete(upload, kParts, request_for({"part_a", "part_b"}), kBefore);
  ASSERT_TRUE(completion);
  EXPECT_FALSE(completion->replayed);
  const StoredFile& file = completed_of(*completion).file;
  EXPECT_EQ(file.id.text, "file-1");
  EXPECT_EQ(file.project.text, "default");
  EXPECT_EQ(file.purpose, Purpose::batch);
  EXPECT_EQ(file.filename, "name.jsonl");
  EXPECT_EQ(file.bytes, 6U);
  EXPECT_EQ(file.created_at, upload.created_at);
  EXPECT_EQ(file.expires_at, upload.created_at + std::chrono::seconds{7200});
  EXPECT_EQ(file.crc64, part_of("part_z", "abcdef").blob.crc64);
  EXPECT_FALSE(file.md5);
  EXPECT_EQ(completed_of(*completion).ended_at, kBefore);
  EXPECT_EQ(completion->upload.expires_at, upload.expires_at);
  EXPECT_EQ(completion->upload.created_at, upload.created_at);
}

TEST(JudgeComplete, LeavesEveryBlobToTheFileOrToTheReaper) {
  const auto completion =
      judge_complete(pending_upload(), kParts, request_for({"part_c", "part_a"}), kBefore);
  ASSERT_TRUE(completion);
  EXPECT_EQ(completion->manifest, (Manifest{kParts[2].blob, kParts[0].blob}));
  EXPECT_EQ(completion->unused, (std::vector{kParts[1].blob.key}));
  EXPECT_EQ(completed_of(*completion).file.crc64, part_of("part_z", "xyzabc").blob.crc64);
}

TEST(JudgeComplete, OfNothingDeclaredMakesAnEmptyFile) {
  const auto completion = judge_complete(pending_upload(0), {}, request_for({}), kBefore);
  ASSERT_TRUE(completion);
  EXPECT_TRUE(completion->manifest.empty());
  EXPECT_EQ(completed_of(*completion).file.bytes, 0U);
  EXPECT_EQ(completed_of(*completion).file.crc64, 0U);
}

TEST(JudgeComplete, NeedsTheSumToBeTheDeclaredBytes) {
  for (const std::vector<std::string>& ids :
       {std::vector<std::string>{}, {"part_a"}, {"part_a", "part_b", "part_c"}}) {
    const auto refused = judge_complete(pending_upload(), kParts, request_for(ids), kBefore);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
    EXPECT_NE(refused.error().message.find(std::to_string(3 * ids.size()) + " bytes in"),
              std::string::npos);
    EXPECT_NE(refused.error().message.find("6 bytes"), std::string::npos);
  }
}

TEST(JudgeComplete, ChecksTheMd5WhereItIsAskedFor) {
  auto request = request_for({"part_a", "part_b"});
  request.md5 = kRight;
  // Not computed yet: nothing is decided.
  EXPECT_EQ(judge_complete(pending_upload(), kParts, request, kBefore).error().code,
            ErrorCode::unavailable);
  request.computed_md5 = kRight;
  const auto completion = judge_complete(pending_upload(), kParts, request, kBefore);
  ASSERT_TRUE(completion);
  EXPECT_EQ(completed_of(*completion).md5, kRight);
  EXPECT_EQ(completed_of(*completion).file.md5, kRight);

  request.md5 = kWrong;
  const auto refused = judge_complete(pending_upload(), kParts, request, kBefore);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(refused.error().param, "md5");
  EXPECT_NE(refused.error().message.find(to_hex(kRight)), std::string::npos);
  EXPECT_NE(refused.error().message.find(to_hex(kWrong)), std::string::npos);
}

TEST(JudgeComplete, SpeaksOfStateThenIdsThenSumThenMd5) {
  auto request = request_for({"part_x"});
  request.md5 = kWrong;
  request.computed_md5 = kRight;
  Upload upload = in_state(Cancelled{});
  EXPECT_EQ(judge_complete(upload, kParts, request, kBefore).error().message,
            "Upload upload_1 is not pending (status: cancelled).");
  EXPECT_EQ(judge_complete(pending_upload(), kParts, request, kAt).error().message,
            "Upload upload_1 is not pending (status: expired).");
  const auto ids = judge_complete(pending_upload(), kParts, request, kBefore);
  EXPECT_NE(ids.error().message.find("part_x"), std::string::npos);
  request.part_ids = {"part_a"};
  const auto sum = judge_complete(pending_upload(), kParts, request, kBefore);
  EXPECT_NE(sum.error().message.find("in total"), std::string::npos);
  request.part_ids = {"part_a", "part_b"};
  EXPECT_EQ(judge_complete(pending_upload(), kParts, request, kBefore).error().param, "md5");
}

TEST(JudgeComplete, AgainWithTheSamePartsIsTheStoredAnswer) {
  const Upload completed = completed_by(request_for({"part_a", "part_b"}));
  auto again = request_for({"part_a", "part_b"});
  again.file_id = {"file-2"};
  // Long after the deadline, when no part is left.
  const auto replay = judge_complete(completed, {}, again, kAt);
  ASSERT_TRUE(replay);
  EXPECT_TRUE(replay->replayed);
  EXPECT_EQ(replay->upload, completed);
  EXPECT_TRUE(replay->unused.empty());
}

TEST(JudgeComplete, AgainWithOtherPartsIsRefused) {
  const Upload completed = completed_by(request_for({"part_a", "part_b"}));
  for (const std::vector<std::string>& ids : {std::vector<std::string>{},
                                              {"part_a"},
                                              {"part_b", "part_a"},
                                              {"part_a", "part_c"},
                                              {"part_a", "part_b", "part_c"},
                                              {"part_apart_b"},
                                              {"part_a\npart_b"}}) {
    const auto refused = judge_complete(completed, kParts, request_for(ids), kBefore);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::state_conflict);
    EXPECT_EQ(refused.error().param, "part_ids");
    EXPECT_NE(refused.error().message.find("(status: completed)"), std::string::npos);
  }
}

TEST(JudgeComplete, AgainAcceptsTheMd5OfTheFileHoweverItIsKnown) {
  auto with_md5 = request_for({"part_a", "part_b"});
  with_md5.md5 = kRight;
  with_md5.computed_md5 = kRight;
  const Upload knows = completed_by(with_md5);
  const Upload knows_not = completed_by(request_for({"part_a", "part_b"}));

  auto again = request_for({"part_a", "part_b"});
  EXPECT_TRUE(judge_complete(knows, {}, again, kBefore));
  again.md5 = kRight;
  EXPECT_TRUE(judge_complete(knows, {}, again, kBefore));
  again.computed_md5 = kRight;
  EXPECT_TRUE(judge_complete(knows_not, {}, again, kBefore));
  again.md5 = kWrong;
  for (const Upload* completed : {&knows, &knows_not}) {
    const auto refused = judge_complete(*completed, {}, again, kBefore);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::state_conflict);
    EXPECT_EQ(refused.error().param, "md5");
  }
}

TEST(Fingerprint, TellsEveryListFromEveryOther) {
  const std::vector<std::vector<std::string>> lists{{},         {""},       {"", ""}, {"ab"},
                                                    {"a", "b"}, {"b", "a"}, {"a"},    {"a", ""}};
  for (std::size_t i = 0; i < lists.size(); ++i) {
    for (std::size_t j = 0; j < lists.size(); ++j) {
      EXPECT_EQ(fingerprint_of(lists[i]) == fingerprint_of(lists[j]), i == j) << i << " " << j;
    }
  }
}

TEST(Crc64OfManifest, IsThatOfTheWholeContent) {
  EXPECT_EQ(crc64_of({}), 0U);
  EXPECT_EQ(crc64_of({kParts[0].blob, part_of("part_0", "").blob, kParts[1].blob}),
            part_of("part_z", "abcdef").blob.crc64);
}

}  // namespace partwise
