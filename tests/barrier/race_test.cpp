// Every pair of requests on one upload that can meet: the first is held at each of its steps in
// turn, while the second runs to its end and the reaper takes all it may. What must hold then,
// whatever the step, is written in `Race`.

#include <algorithm>
#include <functional>
#include <vector>

#include "core/transitions.hpp"
#include "world.hpp"

namespace partwise::test {

namespace {

const std::string kFirstHalf = "abc";
const std::string kSecondHalf = "defgh";
const std::string kWhole = kFirstHalf + kSecondHalf;
const std::string kReversed = kSecondHalf + kFirstHalf;

// An upload whose parts have all arrived.
struct Scene {
  Upload upload;
  std::vector<std::string> part_ids;
};

struct Verb {
  std::string name;
  std::function<Request(World&, const Scene&)> start;
  std::string ends_as;     // The state that it moves a pending upload to; empty for a part.
  std::string makes = {};  // The content of the file that a complete asks for.
};

Verb add() {
  // The same content as a part that is there already: a retry after a lost answer looks like this.
  return {
      "add",
      [](World& world, const Scene& scene) { return world.start_part(scene.upload, kFirstHalf); },
      ""};
}
Verb complete() {
  return {"complete",
          [](World& world, const Scene& scene) {
            return world.start_complete(scene.upload, scene.part_ids);
          },
          "completed", kWhole};
}
Verb complete_reversed() {
  return {"complete_reversed",
          [](World& world, const Scene& scene) {
            return world.start_complete(scene.upload, {scene.part_ids[1], scene.part_ids[0]});
          },
          "completed", kReversed};
}
Verb complete_with_md5() {
  return {"complete_with_md5",
          [](World& world, const Scene& scene) {
            return world.start_complete(scene.upload, scene.part_ids, md5(as_bytes(kWhole)));
          },
          "completed", kWhole};
}
Verb cancel() {
  return {"cancel",
          [](World& world, const Scene& scene) { return world.start_cancel(scene.upload); },
          "cancelled"};
}
Verb expire_by_sweep() {
  return {"expire_by_sweep",
          [](World& world, const Scene& scene) {
            world.pass_deadline(scene.upload);
            return world.start_sweep();
          },
          "expired"};
}
Verb expire_by_get() {
  return {"expire_by_get",
          [](World& world, const Scene& scene) {
            world.pass_deadline(scene.upload);
            return world.start_get(scene.upload);
          },
          "expired"};
}

class Race {
 public:
  Race(World& world, Verb first, Verb second)
      : world_(world), first_(std::move(first)), second_(std::move(second)) {}

  // Once for each step of the first verb.
  void run() {
    const std::vector<GatePoint> steps = trace_of_first();
    ASSERT_GE(steps.size(), 4U);
    for (const GatePoint& step : steps) {
      SCOPED_TRACE(first_.name + " held at " + step.gate + " #" + std::to_string(step.nth) +
                   ", then " + second_.name);
      run_held_at(step);
      if (testing::Test::HasFatalFailure()) return;
    }
  }

 private:
  Scene make_scene() {
    Scene scene{.upload = world_.create(kWhole.size()), .part_ids = {}};
    for (const std::string& content : {kFirstHalf, kSecondHalf}) {
      scene.part_ids.push_back(world_.add_part(scene.upload, content).id.text);
    }
    world_.delivered.clear();
    world_.gates.restart();
    return scene;
  }

  std::vector<GatePoint> trace_of_first() {
    const Scene scene = make_scene();
    (void)world_.finish(first_.start(world_, scene));  // Only its steps are wanted.
    std::vector<GatePoint> steps = world_.gates.trace();
    (void)world_.finish(
        world_.start_cancel(scene.upload));  // Out of the way, if it is still pending.
    world_.reap_held();
    return steps;
  }

  void run_held_at(const GatePoint& step) {
    const Scene scene = make_scene();
    world_.gates.hold(step);
    const Request first = first_.start(world_, scene);
    step_until(world_.loop, [&] { return world_.gates.is_holding() || first.done(); });
    ASSERT_TRUE(world_.gates.is_holding());
    const Upload at_hold = world_.stored(scene.upload);

    const Request second = second_.start(world_, scene);
    (void)world_.finish(second);  // Looked at below.
    check_winner(at_hold, world_.stored(scene.upload));
    world_.reap_held();
    world_.check_references();

    world_.gates.open();
    (void)world_.finish(first);  // Likewise.
    const Upload end = world_.stored(scene.upload);
    check_winner(at_hold, end);
    for (std::size_t i = 0; i < world_.delivered.size(); ++i) check_answer(i, end);
    check_lost(first.value(), at_hold);
    check_lost(second.value(), at_hold);
    check_end(scene, end);
    check_content(end, first.value(), second.value());
  }

  // Terminal states absorb; while the first is held undecided, the second decides.
  void check_winner(const Upload& at_hold, const Upload& now) {
    if (!std::holds_alternative<Pending>(at_hold.state)) {
      EXPECT_EQ(now, at_hold);
    } else if (!second_.ends_as.empty()) {
      EXPECT_EQ(status_text(now.state), second_.ends_as);
    }
  }

  // Success is what happened, and a refusal says what happened instead.
  void check_answer(std::size_t index, const Upload& end) {
    const Answer& answer = world_.delivered[index];
    SCOPED_TRACE("answer of " + answer.verb);
    if (answer.error) {
      EXPECT_TRUE(answer.failure().code == ErrorCode::state_conflict ||
                  answer.failure().code == ErrorCode::cut);
      const bool other_list = answer.verb == "complete" && answer.failure().param == "part_ids";
      if (other_list) {
        EXPECT_NE(answer.failure().message.find("(status: completed)"), std::string::npos);
      } else {
        EXPECT_EQ(answer.failure().message, refusal(end));
      }
    } else if (answer.verb == "part") {
      // Nobody may have heard before that the upload had ended.
      for (std::size_t i = 0; i < index; ++i) {
        const Answer& earlier = world_.delivered[i];
        EXPECT_TRUE(earlier.verb == "part" || earlier.error) << "a part after " << earlier.verb;
      }
    } else if (answer.upload) {
      EXPECT_EQ(*answer.upload, end);
    }
  }

  // An answer is only taken from a stream whose upload ended under it.
  void check_lost(const Answer& answer, const Upload& at_hold) {
    if (!answer.lost) return;
    EXPECT_EQ(answer.verb, "part");
    EXPECT_TRUE(std::holds_alternative<Pending>(at_hold.state));
  }

  void check_end(const Scene& scene, const Upload& end) {
    EXPECT_FALSE(std::holds_alternative<Pending>(end.state));
    EXPECT_TRUE(world_.stored_parts(scene.upload).empty());
    world_.reap_held();
    world_.check_at_rest();
    check_replays(scene, end);
    world_.check_at_rest();
  }

  // The file is what the winner asked for; who asked for the same heard of success, and nobody
  // else.
  void check_content(const Upload& end, const Answer& first, const Answer& second) {
    if (!std::holds_alternative<Completed>(end.state)) return;
    const auto content = world_.content_of(World::file_of(end));
    ASSERT_TRUE(content);
    EXPECT_TRUE(*content == first_.makes || *content == second_.makes) << *content;
    if (!first_.makes.empty()) EXPECT_EQ(first.ok(), *content == first_.makes);
    if (!second_.makes.empty()) EXPECT_EQ(second.ok(), *content == second_.makes);
  }

  void check_replays(const Scene& scene, const Upload& end) {
    const Answer cancelled = world_.finish(world_.start_cancel(scene.upload));
    if (std::holds_alternative<Cancelled>(end.state)) {
      EXPECT_EQ(cancelled.upload, end);
    } else {
      EXPECT_EQ(cancelled.failure().message, refusal(end));
    }
    const Answer part = world_.finish(world_.start_part(scene.upload, kFirstHalf));
    EXPECT_EQ(part.failure().message, refusal(end));
    if (std::holds_alternative<Completed>(end.state)) {
      std::vector<std::string> part_ids = scene.part_ids;
      if (world_.content_of(World::file_of(end)) == kReversed) std::ranges::reverse(part_ids);
      const Answer again = world_.finish(world_.start_complete(scene.upload, part_ids));
      EXPECT_EQ(again.upload, end);
    } else {
      const Answer again = world_.finish(world_.start_complete(scene.upload, scene.part_ids));
      EXPECT_EQ(again.failure().message, refusal(end));
    }
  }

  World& world_;
  const Verb first_;
  const Verb second_;
};

class Racing : public Barrier {
 protected:
  // Both orders: each is held while the other runs.
  void race(const Verb& a, const Verb& b) {
    Race(world_, a, b).run();
    if (a.name != b.name) Race(world_, b, a).run();
  }

  World world_{GetParam()};
};

}  // namespace

TEST_P(Racing, AddAndCancel) { race(add(), cancel()); }
TEST_P(Racing, AddAndComplete) { race(add(), complete()); }
TEST_P(Racing, AddAndCompleteWithMd5) { race(add(), complete_with_md5()); }
TEST_P(Racing, AddAndSweep) { race(add(), expire_by_sweep()); }
TEST_P(Racing, AddAndGetAfterTheDeadline) { race(add(), expire_by_get()); }
TEST_P(Racing, CompleteAndCancel) { race(complete(), cancel()); }
TEST_P(Racing, CompleteAndTheSameComplete) { race(complete(), complete()); }
TEST_P(Racing, CompleteAndAnotherList) { race(complete(), complete_reversed()); }
TEST_P(Racing, CompleteAndSweep) { race(complete(), expire_by_sweep()); }
TEST_P(Racing, CompleteAndGetAfterTheDeadline) { race(complete(), expire_by_get()); }
TEST_P(Racing, CancelAndCancel) { race(cancel(), cancel()); }
TEST_P(Racing, CancelAndSweep) { race(cancel(), expire_by_sweep()); }
TEST_P(Racing, CancelAndGetAfterTheDeadline) { race(cancel(), expire_by_get()); }
TEST_P(Racing, CompleteWithMd5AndCancel) { race(complete_with_md5(), cancel()); }
TEST_P(Racing, CompleteWithMd5AndSweep) { race(complete_with_md5(), expire_by_sweep()); }
TEST_P(Racing, CompleteWithMd5AndWithout) { race(complete_with_md5(), complete()); }
TEST_P(Racing, CompleteWithMd5AndAnotherList) { race(complete_with_md5(), complete_reversed()); }
TEST_P(Racing, SweepAndGetAfterTheDeadline) { race(expire_by_sweep(), expire_by_get()); }

INSTANTIATE_TEST_SUITE_P(Backends, Racing, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
