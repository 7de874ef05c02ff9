// Adding parts, one at a time: what is refused, and what is kept.

#include <algorithm>

#include "world.hpp"

namespace partwise::test {

namespace {

class AddPart : public Barrier {
 protected:
  Answer send(const Upload& upload, HeldPartContent& content) {
    return world_.finish(world_.start_part(upload, content));
  }

  World world_{GetParam()};
};

}  // namespace

TEST_P(AddPart, KeepsWhatItIsGiven) {
  const Upload upload = world_.create(6);
  const Part part = world_.add_part(upload, "abcdef");
  EXPECT_TRUE(PartId::parse(part.id.text));
  EXPECT_EQ(part.upload_id, upload.id);
  EXPECT_EQ(part.created_at, world_.clock.now());
  EXPECT_EQ(part.blob.bytes, 6U);
  Crc64 crc;
  crc.update(as_bytes("abcdef"));
  EXPECT_EQ(part.blob.crc64, crc.value());
  EXPECT_EQ(world_.stored(upload).stored_bytes, 6U);
  EXPECT_EQ(world_.stored(upload).part_count, 1U);
}

TEST_P(AddPart, AcceptsZeroBytes) {
  const Upload upload = world_.create(0);
  const Part part = world_.add_part(upload, "");
  const Answer completed = world_.finish(world_.start_complete(upload, {part.id.text}));
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(world_.content_of(World::file_of(*completed.upload)), "");
  world_.reap();
  world_.check_at_rest();
}

TEST_P(AddPart, RefusesMoreThanTheUploadDeclares) {
  const Upload upload = world_.create(3);
  const Answer answer = world_.finish(world_.start_part(upload, "abcd"));
  EXPECT_EQ(answer.failure().code, ErrorCode::invalid_request);
  EXPECT_EQ(answer.failure().param, "data");
  EXPECT_NE(answer.failure().message.find("3 bytes"), std::string::npos);
  world_.reap();
  world_.check_at_rest();
}

TEST_P(AddPart, RefusesMoreThanAPartMayHave) {
  CoreLimits limits;
  limits.part_bytes_max = 4;
  World world(GetParam(), limits);
  for (const std::uint64_t declared : {4U, 100U}) {
    const Upload upload = world.create(declared);
    EXPECT_TRUE(world.finish(world.start_part(upload, "abcd")).ok());
    EXPECT_EQ(world.finish(world.start_part(upload, "abcde")).failure().code, ErrorCode::too_large);
  }
  world.reap();
  world.check_at_rest();
}

TEST_P(AddPart, ChecksDigestsWhereverTheyAreNamed) {
  const Md5Digest right_md5 = md5(as_bytes("abc"));
  const Sha256Digest right_sha256 = sha256(as_bytes("abc"));
  const Upload upload = world_.create(3);
  for (const bool before : {true, false}) {
    HeldPartContent right("abc");
    (before ? right.named_before : right.named_after) = {.md5 = right_md5, .sha256 = right_sha256};
    const Answer accepted = send(upload, right);
    ASSERT_TRUE(accepted.ok());
    EXPECT_EQ(accepted.part->digests, (PartDigests{right_md5, right_sha256}));

    HeldPartContent wrong_md5("abc");
    (before ? wrong_md5.named_before : wrong_md5.named_after) = {.md5 = md5({}),
                                                                 .sha256 = right_sha256};
    const Answer refused = send(upload, wrong_md5);
    EXPECT_EQ(refused.failure().code, ErrorCode::invalid_request);
    EXPECT_EQ(refused.failure().param, "md5");
    EXPECT_NE(refused.failure().message.find(to_hex(right_md5)), std::string::npos);
    EXPECT_NE(refused.failure().message.find(to_hex(md5({}))), std::string::npos);

    HeldPartContent wrong_sha256("abc");
    (before ? wrong_sha256.named_before : wrong_sha256.named_after) = {.md5 = {},
                                                                       .sha256 = sha256({})};
    EXPECT_EQ(send(upload, wrong_sha256).failure().param, "sha256");
  }
  world_.reap();
  EXPECT_EQ(world_.stored_parts(upload).size(), 2U);
  world_.check_at_rest();
}

TEST_P(AddPart, IsRefusedBeforeItsBodyWhereThatIsAlreadyTrue) {
  const Upload upload = world_.create(3);
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  HeldPartContent content("abc", 0);  // A body that never comes.
  world_.gates.restart();
  EXPECT_EQ(send(upload, content).failure().code, ErrorCode::state_conflict);
  for (const GatePoint& point : world_.gates.trace()) {
    EXPECT_NE(point.gate, "blobs.stage.before");
    EXPECT_NE(point.gate, "garbage.record_intent.before");
  }
}

TEST_P(AddPart, BoundsTheStreamsOfOneUpload) {
  CoreLimits limits;
  limits.streams_per_upload_max = 2;
  World world(GetParam(), limits);
  const Upload upload = world.create(3);
  const Upload other = world.create(3);
  HeldPartContent first("abc", 1);
  HeldPartContent second("abc", 1);
  const Request a = world.start_part(upload, first);
  const Request b = world.start_part(upload, second);
  step_until(world.loop,
             [&] { return first.source().is_waiting() && second.source().is_waiting(); });
  EXPECT_EQ(world.finish(world.start_part(upload, "abc")).failure().code, ErrorCode::overloaded);
  // To a key of another project it is as one that does not exist.
  {
    const auto nothing = [] {};
    const UploadStream third(world.server->streams, upload.id, {nothing, nothing});
    const OwnedUploadId foreign{{"another"}, upload.id};
    EXPECT_EQ(world.run(world.server->uploads.admit_part(foreign, 0)).error().code,
              ErrorCode::not_found);
  }
  EXPECT_TRUE(world.finish(world.start_part(other, "abc")).ok());
  first.source().release();
  EXPECT_TRUE(world.finish(a).ok());
  EXPECT_TRUE(world.finish(world.start_part(upload, "abc")).ok());
  second.source().release();
  EXPECT_TRUE(world.finish(b).ok());
}

TEST_P(AddPart, BoundsPartsAndBytesInTheTransaction) {
  CoreLimits limits;
  limits.parts_per_upload_max = 2;
  limits.stored_bytes_slack = 0;
  World world(GetParam(), limits);
  const Upload many = world.create(100);
  (void)world.add_part(many, "a");
  HeldPartContent late("a", 1);  // Admitted when there was still room.
  const Request held = world.start_part(many, late);
  step_until(world.loop, [&] { return late.source().is_waiting(); });
  (void)world.add_part(many, "a");
  late.source().release();
  EXPECT_EQ(world.finish(held).failure().code, ErrorCode::invalid_request);
  EXPECT_EQ(world.finish(world.start_part(many, "a")).failure().code, ErrorCode::invalid_request);

  const Upload large = world.create(3);
  (void)world.add_part(large, "abc");
  (void)world.add_part(large, "abc");
  EXPECT_EQ(world.finish(world.start_part(large, "a")).failure().code, ErrorCode::invalid_request);
  world.reap();
  world.check_at_rest();
}

INSTANTIATE_TEST_SUITE_P(Backends, AddPart, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
