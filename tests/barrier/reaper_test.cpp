// What the reaper removes, and when.

#include <algorithm>

#include "world.hpp"

namespace partwise::test {

namespace {

class Reaping : public Barrier {
 protected:
  Upload upload_with_parts(int count) {
    const Upload upload = world_.create(1);
    for (int i = 0; i < count; ++i) (void)world_.add_part(upload, "x");
    return upload;
  }
  void expire(const Upload& upload) {
    world_.pass_deadline(upload);
    ASSERT_TRUE(world_.finish(world_.start_sweep()).ok());
  }
  std::size_t blobs() { return world_.backend->blob_count(); }

  static Task<int> run_to_its_end(Reaper& reaper) {
    co_await reaper.run();
    co_return 1;
  }

  World world_{GetParam()};
};

}  // namespace

TEST_P(Reaping, TakesWhatWasCancelledAtOnceAndInBatches) {
  const Upload upload = upload_with_parts(5);
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  for (const std::size_t left : {3U, 1U, 0U}) {
    EXPECT_TRUE(world_.run(world_.server->reaper.pass()).value());
    EXPECT_EQ(blobs(), left);
    world_.check_references();
  }
  world_.reap();
  EXPECT_EQ(world_.server->reaper.blobs_removed(), 5U);
  world_.check_at_rest();
}

TEST_P(Reaping, HasNothingToDoWhereNothingEnded) {
  (void)upload_with_parts(2);
  EXPECT_FALSE(world_.run(world_.server->reaper.pass()).value());
  EXPECT_EQ(blobs(), 2U);
}

TEST_P(Reaping, LeavesTheBlobsOfPartsThatAreOnTheirWay) {
  const Upload upload = world_.create(3);
  world_.gates.restart();
  world_.gates.hold({.gate = "uploads.add_part.before"});
  const Request part = world_.start_part(upload, "abc");
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  world_.reap_held();
  EXPECT_EQ(blobs(), 1U);
  world_.gates.open();
  EXPECT_TRUE(world_.finish(part).ok());
  world_.check_at_rest();
}

TEST_P(Reaping, HoldsWhatExpiredForTenMinutes) {
  expire(upload_with_parts(2));
  world_.reap();  // Sees the job, and holds it from now on.
  EXPECT_EQ(blobs(), 2U);
  world_.clock.advance(599s);
  world_.reap();
  EXPECT_EQ(blobs(), 2U);
  world_.clock.advance(1s);
  world_.reap();
  EXPECT_EQ(blobs(), 0U);
  world_.check_at_rest();
}

TEST_P(Reaping, DoesNotHoldWhatWasCancelledAfterwards) {
  expire(upload_with_parts(1));
  const Upload cancelled = upload_with_parts(1);
  EXPECT_TRUE(world_.finish(world_.start_cancel(cancelled)).ok());
  world_.reap();
  EXPECT_EQ(blobs(), 1U);
}

TEST_P(Reaping, HoldsEachExpiryForItself) {
  expire(upload_with_parts(1));
  world_.reap();
  const Upload later = upload_with_parts(1);
  expire(later);  // An hour after the first: that one is ripe.
  world_.reap();
  EXPECT_EQ(blobs(), 1U);
  world_.clock.advance(599s);
  world_.reap();
  EXPECT_EQ(blobs(), 1U);
  world_.clock.advance(1s);
  world_.reap();
  EXPECT_EQ(blobs(), 0U);
}

TEST_P(Reaping, RipensUnderASteadyStreamOfExpiries) {
  constexpr int kUploads = 40;
  constexpr std::chrono::seconds kStep{20};
  std::vector<Upload> uploads;
  for (int i = 0; i < kUploads; ++i) {
    uploads.push_back(upload_with_parts(1));
    world_.clock.advance(kStep);
  }
  const auto ended_before = [&](Timestamp time) {
    return std::ranges::count_if(uploads,
                                 [&](const Upload& upload) { return upload.expires_at <= time; });
  };
  world_.clock.advance(uploads.front().expires_at - world_.clock.now());
  while (blobs() > 0) {
    ASSERT_TRUE(world_.finish(world_.start_sweep()).ok());
    world_.reap();
    const auto removed = kUploads - static_cast<std::ptrdiff_t>(blobs());
    EXPECT_LE(removed, ended_before(world_.clock.now() - 600s));
    EXPECT_GE(removed, ended_before(world_.clock.now() - 600s - kStep));
    if (testing::Test::HasFailure()) return;
    world_.clock.advance(kStep);
  }
}

// A wall clock that jumped expires an upload by the first verb that looks; its bytes survive the
// jump.
TEST_P(Reaping, PausesForAnHourWhenTheWallClockJumped) {
  const Upload upload = upload_with_parts(1);
  world_.clock.jump_wall(86'400s);
  EXPECT_EQ(status_text(world_.finish(world_.start_get(upload)).upload->state), "expired");
  world_.reap();
  world_.clock.advance(3599s);
  world_.reap();
  EXPECT_EQ(blobs(), 1U);
  EXPECT_EQ(world_.server->guard.pauses(), 1U);
  world_.clock.advance(1s);
  world_.reap();
  EXPECT_EQ(blobs(), 0U);
}

TEST_P(Reaping, GoesOnWithWhatWasCancelledWhileItPauses) {
  const Upload upload = upload_with_parts(1);
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  world_.clock.jump_wall(86'400s);
  world_.reap();
  EXPECT_EQ(blobs(), 0U);
}

TEST_P(Reaping, HoldsAnewAfterARestart) {
  expire(upload_with_parts(1));
  world_.reap();
  world_.clock.advance(599s);
  world_.restart();
  world_.reap();
  world_.clock.advance(599s);
  world_.reap();
  EXPECT_EQ(blobs(), 1U);
  world_.clock.advance(1s);
  world_.reap();
  EXPECT_EQ(blobs(), 0U);
}

TEST_P(Reaping, TakesTheIntentsOfTheRunBefore) {
  const Upload upload = world_.create(3);
  world_.faults.arm_unavailable("uploads.add_part", Fault::undone);
  EXPECT_FALSE(world_.finish(world_.start_part(upload, "abc")).ok());
  world_.reap_held();
  EXPECT_EQ(blobs(), 1U);
  world_.restart();
  world_.reap();
  world_.check_at_rest();
}

TEST_P(Reaping, RunsWhenItIsWokenUntilItIsStopped) {
  const Running<int> running(world_.loop, run_to_its_end(world_.server->reaper));
  const auto is_asleep = [&] { return world_.timers.pending() > 0; };
  step_until(world_.loop, is_asleep);
  EXPECT_EQ(world_.timers.newest(), 10s);
  const Upload upload = world_.create(1);
  const Request part = world_.start_part(upload, "x");
  step_until(world_.loop, [&] { return part.done(); });
  const Request cancelled = world_.start_cancel(upload);
  step_until(world_.loop, [&] { return cancelled.done(); });
  (void)world_.timers.take();
  world_.server->reaper.wake();
  step_until(world_.loop, is_asleep);
  EXPECT_EQ(blobs(), 0U);
  world_.server->reaper.stop();
  step_until(world_.loop, [&] { return running.done(); });
}

TEST_P(Reaping, TriesAgainSoonAfterAnError) {
  world_.faults.arm_unavailable("garbage.claim_work", Fault::undone);
  const Running<int> running(world_.loop, run_to_its_end(world_.server->reaper));
  step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
  EXPECT_EQ(world_.timers.newest(), 1s);
  EXPECT_EQ(world_.server->reaper.failed_passes(), 1U);
  world_.timers.fire();
  step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
  EXPECT_EQ(world_.timers.newest(), 10s);
  EXPECT_EQ(world_.server->reaper.failed_passes(), 1U);
  world_.server->reaper.stop();
  step_until(world_.loop, [&] { return running.done(); });
}

TEST_P(Reaping, TakesNothingWhileABackupKeepsTheBlobs) {
  const Upload upload = upload_with_parts(2);
  world_.backend->keep_blobs(true);
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  EXPECT_FALSE(world_.run(world_.server->reaper.pass()).value());
  EXPECT_EQ(blobs(), 2U);
  EXPECT_TRUE(world_.server->reaper.waits_for_backup());
  world_.check_references();
  world_.restart();
  world_.reap();  // The next run keeps them as well.
  EXPECT_EQ(blobs(), 2U);
  world_.backend->keep_blobs(false);
  world_.reap();
  EXPECT_EQ(blobs(), 0U);
  EXPECT_FALSE(world_.server->reaper.waits_for_backup());
  world_.check_at_rest();
}

TEST_P(Reaping, LooksAgainSoonWhileABackupKeepsTheBlobs) {
  const Upload upload = upload_with_parts(1);
  world_.backend->keep_blobs(true);
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  const Running<int> running(world_.loop, run_to_its_end(world_.server->reaper));
  step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
  EXPECT_EQ(world_.timers.newest(), 1s);
  EXPECT_EQ(world_.server->reaper.failed_passes(), 0U);
  EXPECT_EQ(blobs(), 1U);
  world_.backend->keep_blobs(false);
  world_.timers.fire();
  step_until(world_.loop, [&] { return world_.timers.pending() > 0; });
  EXPECT_EQ(world_.timers.newest(), 10s);
  EXPECT_EQ(blobs(), 0U);
  world_.server->reaper.stop();
  step_until(world_.loop, [&] { return running.done(); });
}

// What was claimed before a backup began is garbage in the backup too, and may go or stay.
TEST_P(Reaping, KeepsWhatWasClaimedBeforeTheBackupBegan) {
  const Upload upload = upload_with_parts(2);
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  world_.gates.restart();
  world_.gates.hold({.gate = "blobs.remove.before"});
  const Running<Result<bool>> pass(world_.loop, world_.server->reaper.pass());
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  world_.backend->keep_blobs(true);
  world_.gates.open();
  step_until(world_.loop, [&] { return pass.done(); });
  EXPECT_FALSE(pass.value().value());
  EXPECT_EQ(blobs(), 2U);
  world_.backend->keep_blobs(false);
  world_.reap();
  world_.check_at_rest();
}

TEST_P(Reaping, StopsInTheMiddleOfItsWork) {
  const Upload upload = upload_with_parts(5);
  EXPECT_TRUE(world_.finish(world_.start_cancel(upload)).ok());
  world_.gates.restart();
  world_.gates.hold({.gate = "blobs.remove.before"});
  const Running<int> running(world_.loop, run_to_its_end(world_.server->reaper));
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  world_.server->reaper.stop();
  world_.gates.open();
  step_until(world_.loop, [&] { return running.done(); });
  EXPECT_EQ(blobs(), 3U);
  world_.restart();
  world_.reap();
  world_.check_at_rest();
}

INSTANTIATE_TEST_SUITE_P(Backends, Reaping, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
