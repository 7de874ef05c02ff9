// A store that fails, before its work or after it: whoever does not know the outcome removes
// nothing, and what was left behind goes when the next run of the server begins.

#include "world.hpp"

namespace partwise::test {

namespace {

const std::string kWhole = "abcdefgh";

class UnknownOutcome : public Barrier {
 protected:
  // A part whose `verb` fails.
  Answer part_with(const std::string& verb, Fault fault, ErrorCode code = ErrorCode::unavailable) {
    world_.faults.arm(verb, fault, {code, "It failed."});
    Answer answer = world_.finish(world_.start_part(upload_, kWhole));
    EXPECT_TRUE(world_.faults.is_spent());
    EXPECT_EQ(answer.failure().code, code);
    return answer;
  }

  static Task<bool> release_abandoned(ContentIntake& intake) {
    co_await intake.release_abandoned();
    co_return true;
  }

  World world_{GetParam()};
  const Upload upload_ = world_.create(kWhole.size());
};

}  // namespace

TEST_P(UnknownOutcome, OfAPartThatWasAcceptedKeepsItsBlob) {
  part_with("uploads.add_part", Fault::done);
  world_.reap();
  const std::vector<Part> parts = world_.stored_parts(upload_);
  ASSERT_EQ(parts.size(), 1U);
  world_.check_at_rest();
  world_.restart();
  world_.reap();
  world_.check_at_rest();
  // It is a part like any other: the client may find it in the list, and use it.
  const Answer completed = world_.finish(world_.start_complete(upload_, {parts[0].id.text}));
  EXPECT_EQ(world_.content_of(World::file_of(*completed.upload)), kWhole);
}

TEST_P(UnknownOutcome, OfAPartThatWasNotAcceptedKeepsItsBlobUntilTheNextRun) {
  part_with("uploads.add_part", Fault::undone);
  world_.reap_held();
  EXPECT_TRUE(world_.stored_parts(upload_).empty());
  EXPECT_EQ(world_.backend->blob_count(), 1U);
  EXPECT_EQ(world_.billed(), 0U);
  world_.restart();
  world_.reap();
  world_.check_at_rest();
}

TEST_P(UnknownOutcome, OfAPartCanBeTriedAgain) {
  for (const Fault fault : {Fault::done, Fault::undone}) part_with("uploads.add_part", fault);
  const Part again = world_.add_part(upload_, kWhole);
  const Answer completed = world_.finish(world_.start_complete(upload_, {again.id.text}));
  EXPECT_EQ(world_.content_of(World::file_of(*completed.upload)), kWhole);
  world_.restart();
  world_.reap();
  world_.check_at_rest();
}

TEST_P(UnknownOutcome, OfAPartOfAnUploadThatWasCancelledLeavesNothing) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    const Upload upload = world_.create(kWhole.size());
    world_.faults.arm_unavailable("uploads.add_part", fault);
    EXPECT_FALSE(world_.finish(world_.start_part(upload, kWhole)).ok());
    EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  }
  world_.reap();
  world_.restart();
  world_.reap();
  world_.check_at_rest();
  EXPECT_EQ(world_.backend->blob_count(), 0U);
}

TEST_P(UnknownOutcome, OfTheIntentRefusesThePartBeforeItHasAName) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    part_with("garbage.record_intent", fault);
    EXPECT_EQ(world_.blobs.in_staging(), 0);
    EXPECT_TRUE(world_.blobs.published().empty());
  }
  world_.restart();
  world_.reap();
  world_.check_at_rest();
}

TEST_P(UnknownOutcome, OfTheIntentEndsTheWaitForTheRestOfTheBody) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    HeldPartContent content(kWhole, 3);  // Nobody will release it.
    world_.faults.arm_unavailable("garbage.record_intent", fault);
    const Answer refused = world_.finish(world_.start_part(upload_, content));
    EXPECT_EQ(refused.failure().code, ErrorCode::unavailable);
    EXPECT_EQ(refused.failure().message, "The outcome is unknown. Try again.");
  }
  world_.restart();
  world_.reap();
  world_.check_at_rest();
}

TEST_P(UnknownOutcome, OfPublishLeavesTheBlobToItsIntent) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    for (const ErrorCode code : {ErrorCode::io_failure, ErrorCode::out_of_space}) {
      part_with("blobs.publish", fault, code);
      world_.reap();
      EXPECT_EQ(world_.backend->blob_count(), 0U);
    }
    part_with("blobs.publish", fault);
    EXPECT_TRUE(world_.stored_parts(upload_).empty());
    world_.restart();
    world_.reap();
    world_.check_at_rest();
  }
}

TEST_P(UnknownOutcome, OfAReleaseLeavesTheBlobToTheNextRun) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    world_.faults.arm_unavailable("garbage.release_intent", fault);
    part_with("uploads.add_part", Fault::undone, ErrorCode::quota_exceeded);
  }
  world_.restart();
  world_.reap();
  world_.check_at_rest();
  EXPECT_EQ(world_.backend->blob_count(), 0U);
}

TEST_P(UnknownOutcome, OfAReleaseIsTriedAgainInTheSameRun) {
  const auto release_again = [&] { world_.run(release_abandoned(world_.server->intake)); };
  for (int i = 0; i < 3; ++i) {
    world_.faults.arm_unavailable("garbage.release_intent", Fault::undone);
    part_with("uploads.add_part", Fault::undone, ErrorCode::quota_exceeded);
  }
  world_.reap();
  EXPECT_EQ(world_.backend->blob_count(), 3U);
  // The store is still overloaded, and then no more.
  world_.faults.arm_unavailable("garbage.release_intent", Fault::undone);
  release_again();
  world_.reap();
  EXPECT_EQ(world_.backend->blob_count(), 3U);
  const int wakes = world_.server->reaper_wakes;
  release_again();
  EXPECT_GT(world_.server->reaper_wakes, wakes);
  world_.reap();
  world_.check_at_rest();
  world_.gates.restart();
  release_again();
  EXPECT_TRUE(world_.gates.trace().empty());
}

// The store refused, and nothing is unknown: the space comes back in this run.
TEST_P(UnknownOutcome, IsNotThatOfARefusal) {
  for (const ErrorCode code : {ErrorCode::quota_exceeded, ErrorCode::invalid_request,
                               ErrorCode::overloaded, ErrorCode::out_of_space}) {
    const int wakes = world_.server->reaper_wakes;
    part_with("uploads.add_part", Fault::undone, code);
    EXPECT_GT(world_.server->reaper_wakes, wakes);
    world_.reap();
    world_.check_at_rest();
    EXPECT_EQ(world_.backend->blob_count(), 0U);
  }
}

TEST_P(UnknownOutcome, OfAFailedDigestOrStageLeavesNothing) {
  for (const char* verb : {"blobs.stage", "blobs.digests"}) {
    part_with(verb, Fault::undone, ErrorCode::out_of_space);
    world_.reap();
    world_.check_at_rest();
  }
}

TEST_P(UnknownOutcome, OfACancelIsTheSameAfterAnother) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    const Upload upload = world_.create(kWhole.size());
    (void)world_.add_part(upload, kWhole);
    world_.faults.arm_unavailable("uploads.cancel_upload", fault);
    EXPECT_EQ(world_.finish(world_.start_cancel(upload)).failure().code, ErrorCode::unavailable);
    const Answer again = world_.finish(world_.start_cancel(upload));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again.upload, world_.stored(upload));
    world_.reap();
    world_.check_at_rest();
  }
}

TEST_P(UnknownOutcome, OfACompleteIsTheSameAfterAnother) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    const Upload upload = world_.create(kWhole.size());
    const std::string part = world_.add_part(upload, kWhole).id.text;
    (void)world_.add_part(upload, "orphan");
    world_.faults.arm_unavailable("uploads.complete_upload", fault);
    EXPECT_EQ(world_.finish(world_.start_complete(upload, {part})).failure().code,
              ErrorCode::unavailable);
    const Answer again = world_.finish(world_.start_complete(upload, {part}));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again.upload, world_.stored(upload));
    EXPECT_EQ(world_.content_of(World::file_of(*again.upload)), kWhole);
    world_.reap();
    world_.check_at_rest();
  }
}

// A cancel whose outcome is unknown cuts nobody: the parts are judged in their own transactions.
TEST_P(UnknownOutcome, OfACancelLeavesStreamsToTheirOwnTransaction) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    const Upload upload = world_.create(kWhole.size());
    HeldPartContent content(kWhole, 3);
    const Request part = world_.start_part(upload, content);
    step_until(world_.loop, [&] { return content.source().is_waiting(); });
    world_.faults.arm_unavailable("uploads.cancel_upload", fault);
    EXPECT_FALSE(world_.finish(world_.start_cancel(upload)).ok());
    content.source().release();
    EXPECT_EQ(world_.finish(part).ok(), fault == Fault::undone);
    EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
    world_.reap();
    world_.check_at_rest();
  }
}

TEST_P(UnknownOutcome, OfTheReapersStepsCostsARepetition) {
  for (const char* verb : {"garbage.claim_work", "blobs.remove", "garbage.settle_work"}) {
    for (const Fault fault : {Fault::done, Fault::undone}) {
      SCOPED_TRACE(verb);
      const Upload upload = world_.create(kWhole.size());
      for (int i = 0; i < 5; ++i) (void)world_.add_part(upload, kWhole);
      EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
      world_.faults.arm_unavailable(verb, fault);
      EXPECT_FALSE(world_.run(world_.server->reaper.pass()));
      world_.check_references();
      world_.reap();
      world_.check_at_rest();
    }
  }
}

TEST_P(UnknownOutcome, OfAPassOfTheSweeperCostsARepetition) {
  for (const Fault fault : {Fault::done, Fault::undone}) {
    const Upload upload = world_.create(kWhole.size());
    (void)world_.add_part(upload, kWhole);
    world_.pass_deadline(upload);
    world_.faults.arm_unavailable("garbage.sweep", fault);
    EXPECT_FALSE(world_.finish(world_.start_sweep()).ok());
    EXPECT_TRUE(world_.finish(world_.start_sweep()).ok());
    EXPECT_EQ(status_text(world_.stored(upload).state), "expired");
    world_.reap_held();
    world_.check_at_rest();
  }
}

// A kill between any two steps: the requests of the old run never answer, and the next run cleans
// up.
TEST_P(UnknownOutcome, OfARunThatEndsWhileAPartIsHeldAtEveryStepIsSettledByTheNext) {
  world_.gates.restart();
  (void)world_.finish(world_.start_part(upload_, kWhole));  // Only its steps are wanted.
  const std::vector<GatePoint> steps = world_.gates.trace();
  for (const GatePoint& step : steps) {
    SCOPED_TRACE(step.gate + " #" + std::to_string(step.nth));
    World world(GetParam());
    const Upload upload = world.create(kWhole.size());
    world.gates.restart();
    world.gates.hold(step);
    const Request part = world.start_part(upload, kWhole);
    step_until(world.loop, [&] { return world.gates.is_holding(); });
    // The old one is as good as dead; the new one reaps what it had begun.
    World::Server next(world);
    for (bool more = true; more;) more = world.run(next.reaper.pass()).value();
    world.check_references();
    EXPECT_EQ(world.backend->blob_count(), world.stored_parts(upload).size());
    EXPECT_EQ(world.billed(), world.backend->blob_count() * kWhole.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, UnknownOutcome, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
