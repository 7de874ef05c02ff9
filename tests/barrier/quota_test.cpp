// Many parts race for the last of a project's quota: whoever loses, what is billed is what is
// stored, at every step.

#include <algorithm>

#include "world.hpp"

namespace partwise::test {

namespace {

constexpr std::size_t kMiB1 = std::size_t{1024} * 1024;
constexpr int kParts = 50;
constexpr std::size_t kPartBytes = 100 * 1024;
constexpr std::size_t kFitting = kMiB1 / kPartBytes;

class QuotaRace : public Barrier {
 protected:
  QuotaRace() {
    EXPECT_TRUE(world_.run(
        world_.backend->accounts().create_project(world_.project, {.bytes = 3 * kMiB1})));
    // All but the last megabyte is taken.
    filler_ = world_.create(2 * kMiB1);
    world_.add_part(filler_, std::string(2 * kMiB1, 'f'));
    upload_ = world_.create(kParts * kPartBytes);
    world_.gates.restart();
  }

  std::vector<Request> start_parts(int count) {
    std::vector<Request> requests;
    for (int i = 0; i < count; ++i) {
      requests.push_back(world_.start_part(upload_, std::string(kPartBytes, 'p')));
    }
    return requests;
  }
  // How many were accepted; every other one was over the quota.
  std::size_t accepted(const std::vector<Request>& requests) {
    std::size_t count = 0;
    for (const Request& request : requests) {
      const Answer& answer = world_.finish(request);
      if (answer.ok()) {
        ++count;
      } else {
        EXPECT_EQ(answer.failure().code, ErrorCode::quota_exceeded) << answer.failure().message;
      }
    }
    return count;
  }
  void check_billed(const std::string& when) {
    const std::uint64_t stored =
        world_.stored(filler_).stored_bytes + world_.stored(upload_).stored_bytes;
    EXPECT_EQ(world_.billed(), stored) << when;
    EXPECT_LE(world_.billed(), 3 * kMiB1) << when;
  }

  World world_{GetParam()};
  Upload filler_;
  Upload upload_;
};

}  // namespace

TEST_P(QuotaRace, FiftyPartsAtOnceFillTheLastMegabyteAndNoByteMore) {
  EXPECT_EQ(accepted(start_parts(kParts)), kFitting);
  check_billed("after the race");
  EXPECT_EQ(world_.stored(upload_).part_count, kFitting);
  world_.reap();
  world_.check_at_rest();
}

TEST_P(QuotaRace, BilledIsStoredWhereverOnePartIsHeldWhileTheOthersRace) {
  (void)accepted(start_parts(1));
  const std::vector<GatePoint> steps = world_.gates.trace();
  ASSERT_FALSE(steps.empty());
  for (const GatePoint& step : steps) {
    (void)world_.finish(world_.start_cancel(upload_));  // Gives everything back.
    upload_ = world_.create(kParts * kPartBytes);
    world_.gates.restart();
    world_.gates.hold(step);
    std::vector<Request> held = start_parts(1);
    step_until(world_.loop, [this] { return world_.gates.is_holding(); });
    const std::size_t others = accepted(start_parts(kParts - 1));
    EXPECT_GE(others, kFitting - 1) << step.gate;
    check_billed("held at " + step.gate);
    world_.gates.open();
    EXPECT_EQ(others + accepted(held), kFitting) << step.gate;
    check_billed("after " + step.gate);
    world_.reap();
    world_.check_at_rest();
  }
}

TEST_P(QuotaRace, EveryEndGivesBackExactlyWhatItHeld) {
  EXPECT_EQ(accepted(start_parts(kParts)), kFitting);
  (void)world_.finish(world_.start_cancel(upload_));
  EXPECT_EQ(world_.billed(), 2 * kMiB1);

  upload_ = world_.create(kPartBytes);
  EXPECT_EQ(accepted(start_parts(2)), 2U);  // One is the orphan copy of a retry.
  const std::string used = world_.stored_parts(upload_).front().id.text;
  const Answer completed = world_.finish(world_.start_complete(upload_, {used}));
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(world_.billed(), 2 * kMiB1 + kPartBytes) << "the file, without the unused copy";
  (void)world_.finish(world_.start_delete(World::file_of(*completed.upload)));
  EXPECT_EQ(world_.billed(), 2 * kMiB1);

  world_.pass_deadline(filler_);
  (void)world_.finish(world_.start_sweep());
  EXPECT_EQ(world_.billed(), 0U);
  world_.reap_held();
  world_.check_at_rest();
}

INSTANTIATE_TEST_SUITE_P(Backends, QuotaRace, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
