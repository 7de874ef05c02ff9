// When the sweeper comes, and what it does then.

#include "world.hpp"

namespace partwise::test {

namespace {

CoreLimits with_ttl(std::chrono::seconds ttl) {
  CoreLimits limits;
  limits.upload_ttl = ttl;
  return limits;
}

class Sweeping : public Barrier {
 protected:
  Result<std::chrono::milliseconds> pass() { return world_.run(world_.server->sweeper.pass()); }

  static Task<int> run_to_its_end(Sweeper& sweeper) {
    co_await sweeper.run();
    co_return 1;
  }

  World world_{GetParam(), with_ttl(20s)};
};

}  // namespace

TEST_P(Sweeping, ComesWhenTheNextIsDueAndNotMuchLater) {
  const Upload upload = world_.create(1);
  EXPECT_EQ(pass(), 20s + 20ms);
  world_.clock.advance(15s);
  EXPECT_EQ(pass(), 5s + 20ms);
  EXPECT_EQ(status_text(world_.stored(upload).state), "pending");
  const int wakes = world_.server->reaper_wakes;
  world_.clock.advance(5s);
  EXPECT_EQ(pass(),
            30s);  // Nothing is due for seven days, and a jump of the clock must be noticed.
  EXPECT_EQ(status_text(world_.stored(upload).state), "expired");
  EXPECT_GT(world_.server->reaper_wakes, wakes);
}

TEST_P(Sweeping, SleepsForHalfAMinuteWhereThereIsNothing) { EXPECT_EQ(pass(), 30s); }

TEST_P(Sweeping, TakesSmallBatchesWithAPauseBetweenThem) {
  for (int i = 0; i < 257; ++i) (void)world_.create(1);
  world_.clock.advance(20s);
  EXPECT_EQ(pass(), 20ms);
  EXPECT_EQ(world_.server->sweeper.figures().expired_uploads, 256U);
  EXPECT_EQ(pass(), 30s);
  EXPECT_EQ(world_.server->sweeper.figures().expired_uploads, 257U);
  PageRequest page;
  page.limit = 1000;
  for (const Upload& upload :
       world_.run(world_.server->uploads.list(world_.project, page))->items) {
    EXPECT_EQ(status_text(world_.stored(upload).state), "expired");
  }
}

TEST_P(Sweeping, ExpiresNothingForAnHourAfterTheWallClockJumped) {
  const Upload upload = world_.create(1);
  world_.clock.jump_wall(86'400s);
  world_.gates.restart();
  EXPECT_EQ(pass(), 30s);
  EXPECT_TRUE(world_.gates.trace().empty());
  world_.clock.advance(3599s);
  EXPECT_EQ(pass(), 30s);
  EXPECT_TRUE(world_.gates.trace().empty());
  world_.clock.jump_wall(-86'400s - 3599s);  // Set right again; this is a jump, too.
  EXPECT_EQ(pass(), 30s);
  world_.clock.advance(10s);
  EXPECT_EQ(status_text(world_.stored(upload).state), "pending");
}

TEST_P(Sweeping, ForgetsEndedUploadsAfterSevenDays) {
  const Upload upload = world_.create(1);
  (void)world_.add_part(upload, "x");
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  const auto known = [&] { return world_.finish(world_.start_get(upload)).ok(); };
  world_.clock.advance(7 * 24h);
  (void)pass();  // Its blobs are not gone yet, so it is kept.
  EXPECT_TRUE(known());
  world_.reap();
  (void)pass();
  EXPECT_FALSE(known());
  EXPECT_EQ(world_.finish(world_.start_cancel(upload)).failure().code, ErrorCode::not_found);
  world_.check_at_rest();
}

TEST_P(Sweeping, IsWokenForWhatIsDueEarlierThanItThought) {
  const Running<int> running(world_.loop, run_to_its_end(world_.server->sweeper));
  const auto is_asleep = [&] { return world_.timers.pending() > 0; };
  step_until(world_.loop, is_asleep);
  EXPECT_EQ(world_.timers.newest(), 30s);
  (void)world_.timers.take();
  world_.server->sweeper.due_at(world_.clock.now() + 5s);
  step_until(world_.loop, is_asleep);
  (void)world_.timers.take();
  // Later than what it knows: it need not be told.
  world_.gates.restart();
  world_.server->sweeper.due_at(world_.clock.now() + 3600s);
  world_.server->sweeper.stop();
  step_until(world_.loop, [&] { return running.done(); });
  EXPECT_TRUE(world_.gates.trace().empty());
}

TEST_P(Sweeping, DoesNotMissWhatBecomesDueWhileItSweeps) {
  (void)world_.create(1);  // Due first.
  Sweeper& sweeper = world_.server->sweeper;
  const Running<int> running(world_.loop, run_to_its_end(sweeper));
  const auto is_asleep = [&] { return world_.timers.pending() > 0; };
  step_until(world_.loop, is_asleep);
  world_.clock.advance(20s);
  world_.gates.restart();
  world_.gates.hold({.gate = "garbage.sweep.after"});
  world_.timers.fire();
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  // Made after the sweep has looked, due before it would look again.
  const Running<Result<Upload>> second(
      world_.loop, world_.server->uploads.create(world_.project, {.bytes = 1,
                                                                  .filename = "name",
                                                                  .purpose = Purpose::evals,
                                                                  .mime_type = "",
                                                                  .expires_after = {}}));
  step_until(world_.loop, [&] { return second.done(); });
  sweeper.due_at(second.value()->expires_at);
  world_.gates.open();
  step_until(world_.loop, is_asleep);
  EXPECT_EQ(world_.timers.newest(), 20s + 20ms);
  // The wait takes it into account: no second sweep was needed for that.
  EXPECT_EQ(std::ranges::count(world_.gates.trace(), "garbage.sweep.before", &GatePoint::gate), 1);
  sweeper.stop();
  step_until(world_.loop, [&] { return running.done(); });
}

TEST_P(Sweeping, TriesAgainSoonAfterAnError) {
  world_.faults.arm_unavailable("garbage.sweep", Fault::undone);
  const Running<int> running(world_.loop, run_to_its_end(world_.server->sweeper));
  step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
  EXPECT_EQ(world_.timers.newest(), 1s);
  world_.server->sweeper.stop();
  step_until(world_.loop, [&] { return running.done(); });
}

INSTANTIATE_TEST_SUITE_P(Backends, Sweeping, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
