// The MD5 of an upload that is kept while its parts come.

#include <algorithm>

#include "world.hpp"

namespace partwise::test {

namespace {

class RunningDigest : public Barrier {
 protected:
  RunningDigest() { start_anew(); }
  void start_anew() {
    world_.md5_mode = Md5Mode::running;
    world_.restart();
  }
  // How many blobs a complete of `parts` with the MD5 of `content` reads. It must succeed.
  std::int64_t blobs_read(const Upload& upload, const std::vector<std::string>& parts,
                          std::string_view content) {
    world_.gates.restart();
    const Answer completed =
        world_.finish(world_.start_complete(upload, parts, md5(as_bytes(content))));
    EXPECT_TRUE(completed.ok()) << completed.failure().message;
    return std::ranges::count(world_.gates.trace(), "blobs.open.before", &GatePoint::gate);
  }

  World world_{GetParam()};
};

}  // namespace

TEST_P(RunningDigest, ACompleteAfterPartsInOrderReadsNothing) {
  const Upload upload = world_.create(6);
  const std::string a = world_.add_part(upload, "abc").id.text;
  const std::string b = world_.add_part(upload, "def").id.text;
  const Answer refused =
      world_.finish(world_.start_complete(upload, {a, b}, md5(as_bytes("abcdeF"))));
  EXPECT_EQ(refused.failure().param, "md5");
  EXPECT_EQ(blobs_read(upload, {a, b}, "abcdef"), 0);
}

TEST_P(RunningDigest, AnotherOrderIsReadAgain) {
  const Upload upload = world_.create(6);
  const std::string a = world_.add_part(upload, "abc").id.text;
  const std::string b = world_.add_part(upload, "def").id.text;
  EXPECT_EQ(blobs_read(upload, {b, a}, "defabc"), 2);
}

TEST_P(RunningDigest, PartsFromBeforeARestartAreReadAgain) {
  const Upload upload = world_.create(6);
  const std::string a = world_.add_part(upload, "abc").id.text;
  start_anew();
  const std::string b = world_.add_part(upload, "def").id.text;
  EXPECT_EQ(blobs_read(upload, {a, b}, "abcdef"), 2);
}

TEST_P(RunningDigest, PartsThatOverlapAreReadAgain) {
  const Upload upload = world_.create(6);
  world_.gates.restart();
  world_.gates.hold({.gate = "blobs.publish.before"});
  const Request held = world_.start_part(upload, "abc");
  step_until(world_.loop, [&] { return world_.gates.is_holding(); });
  const std::string b = world_.add_part(upload, "def").id.text;
  world_.gates.open();
  const std::string a = world_.finish(held).part->id.text;
  EXPECT_EQ(blobs_read(upload, {a, b}, "abcdef"), 2);
}

TEST_P(RunningDigest, APartThatWasRefusedIsNotInIt) {
  const Upload upload = world_.create(6);
  const std::string a = world_.add_part(upload, "abc").id.text;
  world_.faults.arm("uploads.add_part", Fault::undone, {ErrorCode::overloaded, "Not now."});
  EXPECT_FALSE(world_.finish(world_.start_part(upload, "xyz")).ok());
  const std::string b = world_.add_part(upload, "def").id.text;
  EXPECT_EQ(blobs_read(upload, {a, b}, "abcdef"), 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, RunningDigest, testing::ValuesIn(all_backends()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace partwise::test
