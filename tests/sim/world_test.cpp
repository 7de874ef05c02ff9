#include "world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <thread>
#include <vector>

namespace partwise::sim {
namespace {

Outcome run_seed(std::uint64_t seed, Mutation mutation = Mutation::none) {
  World world(seed, mutation, /*prints=*/false);
  return world.run();
}

TEST(History, IsAFunctionOfItsSeed) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Outcome first = run_seed(seed);
    const Outcome second = run_seed(seed);
    EXPECT_EQ(first.trace_hash, second.trace_hash) << seed;
    EXPECT_EQ(first.steps, second.steps) << seed;
    hashes.insert(first.trace_hash);
  }
  EXPECT_EQ(hashes.size(), 6U);
}

TEST(History, IsLongEnoughAndMeetsACrash) {
  for (std::uint64_t seed = 100; seed < 110; ++seed) {
    const Outcome outcome = run_seed(seed);
    EXPECT_FALSE(outcome.violation) << outcome.violation->sentence;
    EXPECT_GE(outcome.operations, 200U) << seed;
    EXPECT_GE(outcome.uploads, 4U) << seed;
    EXPECT_GE(outcome.crashes, 4U) << seed;  // Three of them at its end.
  }
}

TEST(History, MayHaveAScrubber) {
  for (const std::uint64_t seed : {8U, 10U, 16U, 18U, 24U, 26U}) {
    const Outcome outcome = run_seed(seed);
    EXPECT_FALSE(outcome.violation) << outcome.violation->sentence;
    if (outcome.nodes > 1) continue;  // Whose turn it is there is not decided yet.
    EXPECT_GT(outcome.scrubbed_blobs, 0U) << seed;
  }
}

TEST(History, MayBeOfSeveralNodesThatDieOneByOne) {
  std::uint64_t kills = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    World world(seed, Mutation::none, /*prints=*/false, StoreKind::shared);
    const Outcome outcome = world.run();
    EXPECT_FALSE(outcome.violation) << outcome.violation->sentence;
    EXPECT_GT(outcome.nodes, 1U);
    kills += outcome.kills;
  }
  EXPECT_GT(kills, 0U);
}

TEST(History, OfSeveralNodesIsAFunctionOfItsSeed) {
  const auto hash = [](std::uint64_t seed) {
    World world(seed, Mutation::none, /*prints=*/false, StoreKind::shared);
    return world.run().trace_hash;
  };
  EXPECT_EQ(hash(1), hash(1));
  EXPECT_NE(hash(1), hash(2));
}

TEST(History, IsTheSameBesideOthersOnOtherThreads) {
  constexpr std::uint64_t kSeeds = 6;
  std::array<std::uint64_t, kSeeds> hashes{};
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < kSeeds; ++i) {
      threads.emplace_back([&hashes, i] { hashes.at(i) = run_seed(i + 1).trace_hash; });
    }
  }
  for (std::uint64_t i = 0; i < kSeeds; ++i) EXPECT_EQ(run_seed(i + 1).trace_hash, hashes.at(i));
}

TEST(History, ShowsADeliberateBug) {
  for (const Mutation mutation : {Mutation::skip_directory_sync, Mutation::complete_wrong_order}) {
    bool found = false;
    for (std::uint64_t seed = 1; seed <= 20 && !found; ++seed) {
      found = run_seed(seed, mutation).violation.has_value();
    }
    EXPECT_TRUE(found);
  }
}

}  // namespace
}  // namespace partwise::sim
