// A client that never heard the answer asks again, to the same run of the server or to the next.

#include "world.hpp"

namespace partwise::test {

namespace {

const std::string kWhole = "abcdefgh";

class LostAnswer : public Barrier {
 protected:
  World world_{GetParam()};
};

}  // namespace

TEST_P(LostAnswer, OfACancelIsGivenAgain) {
  const Upload upload = world_.create(kWhole.size());
  (void)world_.add_part(upload, kWhole);
  const Answer first = world_.finish(world_.start_cancel(upload));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(world_.finish(world_.start_cancel(upload)).upload, first.upload);
  world_.reap();
  world_.pass_deadline(upload);
  EXPECT_EQ(world_.finish(world_.start_cancel(upload)).upload, first.upload);
  EXPECT_TRUE(world_.finish(world_.start_sweep()).ok());
  world_.restart();
  EXPECT_EQ(world_.finish(world_.start_cancel(upload)).upload, first.upload);
  world_.reap_held();
  world_.check_at_rest();
}

TEST_P(LostAnswer, OfACompleteIsGivenAgainEvenWhenItsFileIsGone) {
  for (const auto& md5_asked : {std::optional<Md5Digest>(), std::optional(md5(as_bytes(kWhole)))}) {
    const Upload upload = world_.create(kWhole.size());
    const std::string part = world_.add_part(upload, kWhole).id.text;
    const Answer first = world_.finish(world_.start_complete(upload, {part}, md5_asked));
    ASSERT_TRUE(first.ok());
    const auto again = [&] {
      return world_.finish(world_.start_complete(upload, {part}, md5_asked));
    };
    EXPECT_EQ(again().upload, first.upload);
    world_.pass_deadline(upload);
    EXPECT_EQ(again().upload, first.upload);
    EXPECT_TRUE(world_.finish(world_.start_delete(World::file_of(*first.upload))).ok());
    EXPECT_EQ(again().upload, first.upload);
    world_.restart();
    EXPECT_EQ(again().upload, first.upload);
    world_.reap();
    world_.check_at_rest();
  }
}

TEST_P(LostAnswer, OfACompleteIsGivenToARequestThatNamesTheMd5OnlyNow) {
  const Upload upload = world_.create(kWhole.size());
  const std::string part = world_.add_part(upload, kWhole).id.text;
  const Answer first = world_.finish(world_.start_complete(upload, {part}));
  const auto with_md5 = [&](std::string_view content) {
    return world_.finish(world_.start_complete(upload, {part}, md5(as_bytes(content))));
  };
  EXPECT_EQ(with_md5(kWhole).upload, first.upload);
  const Answer wrong = with_md5("something else");
  EXPECT_EQ(wrong.failure().code, ErrorCode::state_conflict);
  EXPECT_EQ(wrong.failure().param, "md5");
}

TEST_P(LostAnswer, OfACompleteCannotBeGivenForAnMd5ThatNobodyKnowsAnyMore) {
  const Upload upload = world_.create(kWhole.size());
  const std::string part = world_.add_part(upload, kWhole).id.text;
  const Answer first = world_.finish(world_.start_complete(upload, {part}));
  EXPECT_TRUE(world_.finish(world_.start_delete(World::file_of(*first.upload))).ok());
  const Answer again = world_.finish(world_.start_complete(upload, {part}, md5(as_bytes(kWhole))));
  EXPECT_EQ(again.failure().code, ErrorCode::state_conflict);
  EXPECT_NE(again.failure().message.find("not known any more"), std::string::npos);
}

// Found by the simulator: a failure that passes was answered like a digest that nobody knows.
TEST_P(LostAnswer, OfACompleteIsNotRefusedForAnMd5ThatCouldNotBeComputedNow) {
  const Upload upload = world_.create(kWhole.size());
  const std::string part = world_.add_part(upload, kWhole).id.text;
  const Answer first = world_.finish(world_.start_complete(upload, {part}));
  const auto again = [&] {
    return world_.finish(world_.start_complete(upload, {part}, md5(as_bytes(kWhole))));
  };
  for (const char* verb : {"uploads.find_upload", "uploads.find_file", "blobs.open"}) {
    for (const ErrorCode code : {ErrorCode::overloaded, ErrorCode::io_failure}) {
      world_.faults.arm(verb, Fault::undone, {code, "It did not work this time."});
      EXPECT_EQ(again().failure().code, code) << verb;
    }
  }
  EXPECT_EQ(again().upload, first.upload);
}

// Found by the simulator: a file that went while its digest was computed was a failure of the disk.
TEST_P(LostAnswer, OfACompleteIsNotKnownWhereItsFileGoesWhileItsMd5IsComputed) {
  const Upload upload = world_.create(kWhole.size());
  const std::string part = world_.add_part(upload, kWhole).id.text;
  const Answer first = world_.finish(world_.start_complete(upload, {part}));
  ASSERT_TRUE(first.ok());
  world_.gates.restart();
  world_.gates.hold({.gate = "blobs.open.before"});
  const Request again = world_.start_complete(upload, {part}, md5(as_bytes(kWhole)));
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  ASSERT_TRUE(world_.finish(world_.start_delete(World::file_of(*first.upload))).ok());
  world_.gates.open();
  const Answer refused = world_.finish(again);
  EXPECT_EQ(refused.failure().code, ErrorCode::state_conflict);
  EXPECT_NE(refused.failure().message.find("not known any more"), std::string::npos);
}

TEST_P(LostAnswer, OfACompleteIsNotGivenToAnotherRequest) {
  const Upload upload = world_.create(kWhole.size());
  const std::string part = world_.add_part(upload, kWhole).id.text;
  const std::string copy = world_.add_part(upload, kWhole).id.text;
  ASSERT_TRUE(world_.finish(world_.start_complete(upload, {part})).ok());
  for (const std::vector<std::string>& ids :
       {std::vector<std::string>{copy}, {}, {part, copy}, {part, part}, {part + "\n"}}) {
    const Answer other = world_.finish(world_.start_complete(upload, ids));
    EXPECT_EQ(other.failure().code, ErrorCode::state_conflict);
    EXPECT_EQ(other.failure().param, "part_ids");
  }
}

TEST_P(LostAnswer, OfAPartLeavesACopyThatDoesNotReachTheFile) {
  const Upload upload = world_.create(kWhole.size());
  const Part lost = world_.add_part(upload, kWhole);
  const Part again = world_.add_part(upload, kWhole);
  EXPECT_NE(again.id, lost.id);
  EXPECT_EQ(world_.billed(), 2 * kWhole.size());
  const Answer completed = world_.finish(world_.start_complete(upload, {again.id.text}));
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(world_.billed(), kWhole.size());
  world_.reap();
  world_.check_at_rest();
  EXPECT_EQ(world_.content_of(World::file_of(*completed.upload)), kWhole);
}

TEST_P(LostAnswer, OfADeleteIsNotFound) {
  const Upload upload = world_.create(0);
  const Answer completed = world_.finish(world_.start_complete(upload, {}));
  const OwnedFileId file = World::file_of(*completed.upload);
  EXPECT_TRUE(world_.finish(world_.start_delete(file)).ok());
  EXPECT_EQ(world_.finish(world_.start_delete(file)).failure().code, ErrorCode::not_found);
}

TEST_P(LostAnswer, OfACreateLeavesAnUploadThatExpires) {
  world_.faults.arm_unavailable("uploads.create_upload", Fault::done);
  CreateUploadRequest request{.bytes = 1,
                              .filename = "name",
                              .purpose = Purpose::vision,
                              .mime_type = "",
                              .expires_after = {}};
  const auto lost = world_.run(world_.server->uploads.create(world_.project, request));
  EXPECT_EQ(lost.error().code, ErrorCode::unavailable);
  PageRequest page;
  page.limit = 10;
  const auto listed = world_.run(world_.server->uploads.list(world_.project, page));
  ASSERT_EQ(listed->items.size(), 1U);
  world_.pass_deadline(listed->items[0]);
  EXPECT_TRUE(world_.finish(world_.start_sweep()).ok());
  EXPECT_EQ(status_text(world_.stored(listed->items[0]).state), "expired");
}

INSTANTIATE_TEST_SUITE_P(Backends, LostAnswer, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
