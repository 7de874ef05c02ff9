// A part whose body stops at byte k while something else happens to its upload.

#include "world.hpp"

namespace partwise::test {

namespace {

const std::string kBody = "0123456789";
// Before the first byte, in the middle, and when only the end is missing.
constexpr std::size_t kHolds[] = {0, 1, 5, 9, 10};

class HeldBody : public Barrier {};

}  // namespace

TEST_P(HeldBody, ThatIsReleasedBecomesAPart) {
  World world(GetParam());
  for (const std::size_t hold : kHolds) {
    const Upload upload = world.create(kBody.size());
    HeldPartContent content(kBody, hold);
    const Request part = world.start_part(upload, content);
    step_until(world.loop, [&] { return content.source().is_waiting(); });
    content.source().release();
    ASSERT_TRUE(world.finish(part).ok());
    EXPECT_EQ(world.stored_parts(upload), (std::vector{*part.value().part}));
  }
  world.check_at_rest();
}

TEST_P(HeldBody, IsCutByACancelAndLeavesNothing) {
  World world(GetParam());
  for (const std::size_t hold : kHolds) {
    const Upload upload = world.create(kBody.size());
    HeldPartContent content(kBody, hold);
    const Request part = world.start_part(upload, content);
    step_until(world.loop, [&] { return content.source().is_waiting(); });

    const Answer cancelled = world.finish(world.start_cancel(upload));
    ASSERT_TRUE(cancelled.ok());
    EXPECT_EQ(status_text(cancelled.upload->state), "cancelled");
    // Nobody released the body: the cut alone ends the stream.
    const Answer& answer = world.finish(part);
    ASSERT_TRUE(answer.error);
    EXPECT_EQ(answer.failure().code, ErrorCode::cut);
    EXPECT_EQ(answer.failure().message, refusal(*cancelled.upload));

    world.reap();
    world.check_at_rest();
    EXPECT_EQ(world.backend->blob_count(), 0U);
    EXPECT_TRUE(world.stored_parts(upload).empty());
    const Answer completed = world.finish(world.start_complete(upload, {}));
    EXPECT_EQ(completed.failure().message, refusal(*cancelled.upload));
    EXPECT_EQ(world.finish(world.start_part(upload, kBody)).failure().message,
              refusal(*cancelled.upload));
  }
}

TEST_P(HeldBody, IsCutWhenItsUploadIsCompletedWithoutIt) {
  World world(GetParam());
  const Upload upload = world.create(kBody.size());
  const Part whole = world.add_part(upload, kBody);
  HeldPartContent content(kBody, 5);
  const Request part = world.start_part(upload, content);
  step_until(world.loop, [&] { return content.source().is_waiting(); });
  const Answer completed = world.finish(world.start_complete(upload, {whole.id.text}));
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(world.finish(part).failure().message, refusal(*completed.upload));
  world.reap();
  world.check_at_rest();
  EXPECT_EQ(world.content_of(World::file_of(*completed.upload)), kBody);
}

// Whoever notices that the deadline has passed cuts.
TEST_P(HeldBody, IsCutByWhateverVerbFindsItsUploadExpired) {
  using Start = Request (*)(World&, const Upload&);
  const std::vector<Start> verbs{
      [](World& world, const Upload&) { return world.start_sweep(); },
      [](World& world, const Upload& upload) { return world.start_get(upload); },
      [](World& world, const Upload& upload) { return world.start_cancel(upload); },
      [](World& world, const Upload& upload) { return world.start_complete(upload, {}); },
      [](World& world, const Upload& upload) { return world.start_part(upload, "x"); },
      [](World& world, const Upload& upload) { return world.start_list_parts(upload); },
  };
  World world(GetParam());
  for (const Start start : verbs) {
    const Upload upload = world.create(kBody.size());
    HeldPartContent content(kBody, 5);
    const Request part = world.start_part(upload, content);
    step_until(world.loop, [&] { return content.source().is_waiting(); });
    world.pass_deadline(upload);
    const Answer answer = world.finish(start(world, upload));
    SCOPED_TRACE(answer.verb);
    const auto is_cut = [&] { return !content.source().is_waiting(); };
    EXPECT_TRUE(is_cut());
    content.source().release();
    EXPECT_EQ(world.finish(part).failure().message, refusal(world.stored(upload)));
    EXPECT_EQ(status_text(world.stored(upload).state), "expired");
    world.reap_held();
    world.check_at_rest();
  }
}

TEST_P(HeldBody, IsCutWhenItsNeighbourFindsTheirUploadExpired) {
  World world(GetParam());
  const Upload upload = world.create(kBody.size());
  HeldPartContent content(kBody, 5);
  HeldPartContent neighbours(kBody, 5);
  const Request part = world.start_part(upload, content);
  const Request neighbour = world.start_part(upload, neighbours);
  step_until(world.loop,
             [&] { return content.source().is_waiting() && neighbours.source().is_waiting(); });
  world.pass_deadline(upload);
  neighbours.source().release();
  EXPECT_EQ(world.finish(neighbour).failure().code, ErrorCode::state_conflict);
  EXPECT_FALSE(content.source().is_waiting());
  content.source().release();
  EXPECT_EQ(world.finish(part).failure().message, refusal(world.stored(upload)));
  world.reap_held();
  world.check_at_rest();
}

TEST_P(HeldBody, OfADisconnectedClientLeavesNothing) {
  World world(GetParam());
  const Upload upload = world.create(kBody.size());
  HeldPartContent content(kBody, 5);
  content.broken_end = Error{ErrorCode::disconnected, "The client has gone."};
  const Request part = world.start_part(upload, content);
  step_until(world.loop, [&] { return content.source().is_waiting(); });
  content.source().release();
  EXPECT_EQ(world.finish(part).error, content.broken_end);
  EXPECT_GT(world.server->reaper_wakes, 0);
  world.reap();
  world.check_at_rest();
  EXPECT_EQ(world.backend->blob_count(), 0U);
  EXPECT_EQ(status_text(world.stored(upload).state), "pending");
}

TEST_P(HeldBody, DoesNotKeepItsNeighboursFromBeingAccepted) {
  World world(GetParam());
  const Upload upload = world.create(kBody.size());
  HeldPartContent content(kBody, 5);
  const Request held = world.start_part(upload, content);
  step_until(world.loop, [&] { return content.source().is_waiting(); });
  EXPECT_TRUE(world.finish(world.start_part(upload, kBody)).ok());
  EXPECT_FALSE(held.done());
  content.source().release();
  EXPECT_TRUE(world.finish(held).ok());
  EXPECT_EQ(world.stored_parts(upload).size(), 2U);
  world.check_at_rest();
}

INSTANTIATE_TEST_SUITE_P(Backends, HeldBody, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
