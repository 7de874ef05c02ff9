// The order in which a cancel and the answers of the parts under way are written.

#include "world.hpp"

namespace partwise::test {

namespace {

class AnswerOrder : public Barrier {
 protected:
  // A part that is held at `gate`.
  Request held_part(const std::string& gate) {
    world_.gates.hold({.gate = gate});
    Request part = world_.start_part(upload_, "abc");
    step_until(world_.loop, [&] { return world_.gates.is_holding(); });
    return part;
  }
  // Runs until `request` waits for an answer that is being written.
  void run_until_it_waits(const Request& request) {
    step_until(world_.loop, [&] { return request.done() || world_.timers.pending() > 0; });
    ASSERT_FALSE(request.done());
  }

  World world_{GetParam()};
  const Upload upload_ = world_.create(3);
};

}  // namespace

TEST_P(AnswerOrder, CancelWaitsForASuccessThatIsBeingWritten) {
  const Request part = held_part("answer.before");
  const Request cancelled = world_.start_cancel(upload_);
  run_until_it_waits(cancelled);
  EXPECT_EQ(world_.timers.newest(), world_.limits.answer_grace);
  world_.gates.open();
  step_until(world_.loop, [&] { return cancelled.done(); });
  ASSERT_EQ(world_.delivered.size(), 2U);
  EXPECT_EQ(world_.delivered[0].verb, "part");
  EXPECT_EQ(world_.delivered[1].verb, "cancel");
  EXPECT_TRUE(part.value().ok());
  EXPECT_TRUE(cancelled.value().ok());
}

TEST_P(AnswerOrder, CancelEndsTheConnectionOfAClientThatDoesNotTakeItsAnswer) {
  const Request part = held_part("answer.before");
  const Request cancelled = world_.start_cancel(upload_);
  run_until_it_waits(cancelled);
  world_.timers.fire();
  step_until(world_.loop, [&] { return cancelled.done(); });
  EXPECT_TRUE(cancelled.value().ok());
  EXPECT_FALSE(part.done());
  world_.gates.open();
  EXPECT_TRUE(world_.finish(part).lost);
  ASSERT_EQ(world_.delivered.size(), 1U);
  EXPECT_EQ(world_.delivered[0].verb, "cancel");
}

TEST_P(AnswerOrder, ARepeatedCancelIsNotAnsweredBeforeTheFirstMayBe) {
  const Request part = held_part("answer.before");
  const Request first = world_.start_cancel(upload_);
  run_until_it_waits(first);
  const Request second = world_.start_cancel(upload_);
  step_until(world_.loop, [&] { return second.done() || world_.timers.pending() > 1; });
  EXPECT_FALSE(second.done());
  world_.gates.open();
  (void)world_.finish(second);  // The order is what counts.
  step_until(world_.loop, [&] { return first.done() && part.done(); });
  ASSERT_EQ(world_.delivered.size(), 3U);
  EXPECT_EQ(world_.delivered[0].verb, "part");
}

TEST_P(AnswerOrder, CancelDoesNotWaitForARefusalOrForStaging) {
  for (const char* gate : {"blobs.publish.before", "blobs.publish.after",
                           "garbage.record_intent.after", "uploads.add_part.after"}) {
    SCOPED_TRACE(gate);
    const Upload upload = world_.create(3);
    world_.gates.restart();
    world_.gates.hold({.gate = gate});
    const Request part = world_.start_part(upload, "abc");
    step_until(world_.loop, [&] { return world_.gates.is_holding(); });
    const Request cancelled = world_.start_cancel(upload);
    step_until(world_.loop, [&] { return cancelled.done() || world_.timers.pending() > 0; });
    EXPECT_TRUE(cancelled.done());
    EXPECT_EQ(world_.timers.pending(), 0U);
    world_.gates.open();
    EXPECT_EQ(world_.finish(part).failure().code, ErrorCode::cut);
  }
}

TEST_P(AnswerOrder, CancelWakesTheReaperBeforeItAnswers) {
  (void)world_.add_part(upload_, "abc");
  world_.gates.restart();
  world_.gates.hold({.gate = "answer.before"});
  const int wakes = world_.server->reaper_wakes;
  const Request cancelled = world_.start_cancel(upload_);
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  EXPECT_GT(world_.server->reaper_wakes, wakes);
  world_.reap();
  EXPECT_EQ(world_.backend->blob_count(), 0U);
  world_.gates.open();
  EXPECT_TRUE(world_.finish(cancelled).ok());
}

TEST_P(AnswerOrder, CompleteWaitsForASuccessThatIsBeingWrittenAsCancelDoes) {
  const Part whole = world_.add_part(upload_, "xyz");
  world_.delivered.clear();
  world_.gates.restart();
  const Request part = held_part("answer.before");
  const Request completed = world_.start_complete(upload_, {whole.id.text});
  run_until_it_waits(completed);
  world_.gates.open();
  step_until(world_.loop, [&] { return completed.done() && part.done(); });
  ASSERT_EQ(world_.delivered.size(), 2U);
  EXPECT_EQ(world_.delivered[0].verb, "part");
}

INSTANTIATE_TEST_SUITE_P(Backends, AnswerOrder, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
