// A file that is posted whole: what is refused leaves nothing, and where a store fails, whoever
// does not know the outcome removes nothing.

#include "world.hpp"

namespace partwise::test {

namespace {

const std::string kWhole = "abcdefgh";

CreateFileRequest request_for(Purpose purpose, std::string filename = "a.jsonl") {
  return {.filename = std::move(filename), .purpose = purpose, .expires_after = {}};
}

CoreLimits small_limits() {
  CoreLimits limits;
  limits.file_bytes_max = 20;
  limits.batch_file_bytes_max = 10;
  return limits;
}

class CreateFileBarrier : public Barrier {
 protected:
  Answer post(HeldFile& file) { return world_.finish(world_.start_file(file)); }
  Answer post(Purpose purpose, const std::string& content = kWhole, bool named_late = false) {
    HeldFile file(request_for(purpose), content, named_late);
    return post(file);
  }
  // Nothing of it is left, once the reaper has been here.
  void expect_nothing_left() {
    world_.reap();
    EXPECT_EQ(world_.backend->blob_count(), 0U);
    world_.check_at_rest();
  }

  World world_{GetParam(), small_limits()};
};

}  // namespace

TEST_P(CreateFileBarrier, APostedFileIsItsContentAndIsBilled) {
  const Answer answer = post(Purpose::batch);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(world_.content_of({world_.project, answer.file->id}), kWhole);
  EXPECT_EQ(answer.file->expires_at, answer.file->created_at + 720h);
  EXPECT_EQ(world_.server->due, answer.file->expires_at);
  EXPECT_EQ(world_.billed(), kWhole.size());
  world_.check_at_rest();
  EXPECT_TRUE(world_.finish(world_.start_delete({world_.project, answer.file->id})).ok());
  expect_nothing_left();
}

TEST_P(CreateFileBarrier, WhatIsRefusedLeavesNothingWheneverItIsKnown) {
  const std::string eleven(11, 'x');
  const std::string over(21, 'x');
  for (const bool named_late : {false, true}) {
    EXPECT_EQ(post(Purpose::batch, eleven, named_late).failure().message, "File is too large.");
    EXPECT_EQ(post(Purpose::vision, over, named_late).failure().code, ErrorCode::too_large);
    HeldFile wrong(request_for(Purpose::batch, "a.csv"), kWhole, named_late);
    EXPECT_EQ(post(wrong).failure().code, ErrorCode::invalid_request);
    HeldFile mismatched(request_for(Purpose::vision), kWhole, named_late);
    mismatched.content().named_after.md5 = md5(as_bytes("other"));
    EXPECT_EQ(post(mismatched).failure().param, "md5");
    HeldFile broken(request_for(Purpose::vision), kWhole, named_late);
    broken.content().broken_end = Error{ErrorCode::disconnected, "Gone."};
    EXPECT_EQ(post(broken).failure().code, ErrorCode::disconnected);
    expect_nothing_left();
  }
}

// Known before the content, it is said before it: nobody waits for the body.
TEST_P(CreateFileBarrier, AWrongExtensionIsSaidBeforeTheContent) {
  HeldFile file(request_for(Purpose::batch, "a.csv"), kWhole, /*named_late=*/false, 0);
  EXPECT_EQ(post(file).failure().code, ErrorCode::invalid_request);
  EXPECT_TRUE(world_.blobs.published().empty());
}

TEST_P(CreateFileBarrier, AFailingStoreLeavesTheFileOrNothing) {
  for (const char* verb :
       {"garbage.record_intent", "blobs.stage", "blobs.publish", "uploads.create_file"}) {
    for (const Fault fault : {Fault::done, Fault::undone}) {
      const std::size_t files = world_.stored_files().size();
      world_.faults.arm_unavailable(verb, fault);
      EXPECT_EQ(post(Purpose::vision).failure().code, ErrorCode::unavailable) << verb;
      EXPECT_TRUE(world_.faults.is_spent()) << verb;
      world_.reap();
      world_.check_references();
      const bool made = verb == std::string_view("uploads.create_file") && fault == Fault::done;
      EXPECT_EQ(world_.stored_files().size(), files + (made ? 1 : 0)) << verb;
    }
  }
  world_.restart();
  world_.reap();
  world_.check_at_rest();
  EXPECT_EQ(world_.backend->blob_count(), 1U);
}

TEST_P(CreateFileBarrier, ARefusedAdoptionIsReapedInTheSameRun) {
  world_.faults.arm("uploads.create_file", Fault::undone, {ErrorCode::quota_exceeded, "Full."});
  EXPECT_EQ(post(Purpose::vision).failure().code, ErrorCode::quota_exceeded);
  expect_nothing_left();
}

TEST_P(CreateFileBarrier, TheReaperTakesNothingOfAFileOnItsWay) {
  const auto trace_of_one = [&] {
    world_.gates.restart();
    EXPECT_TRUE(post(Purpose::vision).ok());
    return world_.gates.trace();
  };
  const std::vector<GatePoint> steps = trace_of_one();
  EXPECT_GE(steps.size(), 8U);
  for (const GatePoint& step : steps) {
    HeldFile file(request_for(Purpose::vision), kWhole);
    world_.gates.restart();
    world_.gates.hold(step);
    const Request request = world_.start_file(file);
    step_until(world_.loop, [&] { return world_.gates.is_holding(); });
    world_.reap();
    world_.gates.open();
    const Answer answer = world_.finish(request);
    ASSERT_TRUE(answer.ok()) << step.gate;
    EXPECT_EQ(world_.content_of({world_.project, answer.file->id}), kWhole) << step.gate;
  }
  world_.check_at_rest();
}

// A kill between any two steps: the request of the old run never answers, the next run cleans up.
TEST_P(CreateFileBarrier, ARunThatEndsAtAnyStepIsSettledByTheNext) {
  world_.gates.restart();
  (void)post(Purpose::vision);  // Only its steps are wanted.
  for (const GatePoint& step : world_.gates.trace()) {
    SCOPED_TRACE(step.gate);
    HeldFile file(request_for(Purpose::vision), kWhole);  // Outlives the request.
    World world(GetParam());
    world.gates.restart();
    world.gates.hold(step);
    const Request request = world.start_file(file);
    step_until(world.loop, [&] { return world.gates.is_holding(); });
    World::Server next(world);
    for (bool more = true; more;) more = world.run(next.reaper.pass()).value();
    world.check_references();
    EXPECT_EQ(world.backend->blob_count(), world.stored_files().size());
    EXPECT_EQ(world.billed(), world.backend->blob_count() * kWhole.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, CreateFileBarrier, testing::ValuesIn(all_backends()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace partwise::test
