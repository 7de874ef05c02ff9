#include "base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <thread>

namespace partwise {

namespace {

// Every byte in turn, for ever.
class CountingRandom final : public Random {
 public:
  void fill(MutableBytes out) override {
    for (std::byte& byte : out) byte = static_cast<std::byte>(next_++);
  }

 private:
  unsigned next_ = 0;
};

}  // namespace

TEST(SystemRandom, NeverDrawsTheSameTwice) {
  SystemRandom random;
  std::set<std::array<std::byte, 16>> drawn;
  for (int i = 0; i < 10'000; ++i) {
    std::array<std::byte, 16> id{};
    random.fill(id);
    EXPECT_TRUE(drawn.insert(id).second);
  }
}

TEST(SystemRandom, FillsMoreThanItsBlock) {
  SystemRandom random;
  std::vector<std::byte> bytes(100'003);
  random.fill(bytes);
  std::map<std::byte, int> counts;
  for (std::byte byte : bytes) ++counts[byte];
  // 390 of each are expected; a run of zeros that was never filled has thousands.
  EXPECT_EQ(counts.size(), 256U);
  for (const auto& [byte, count] : counts) EXPECT_LT(count, 700);
}

TEST(SystemRandom, GivesThreadsDifferentBytes) {
  SystemRandom random;
  constexpr std::size_t kDraws = 2000;
  std::array<std::vector<std::array<std::byte, 16>>, 4> drawn;
  {
    std::vector<std::jthread> threads;
    for (auto& mine : drawn) {
      threads.emplace_back([&random, &mine] {
        mine.resize(kDraws);
        for (auto& id : mine) random.fill(id);
      });
    }
  }
  std::set<std::array<std::byte, 16>> all;
  for (const auto& mine : drawn) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 4 * kDraws);
}

TEST(RandomAlphanumeric, HasExactlyTheLengthAskedFor) {
  CountingRandom random;
  for (std::size_t count : {0U, 1U, 22U, 31U, 32U, 33U, 64U, 1000U}) {
    EXPECT_EQ(random_alphanumeric(random, count).size(), count);
  }
}

TEST(RandomAlphanumeric, DrawsEveryCharacterEquallyOften) {
  CountingRandom random;
  // 128 cycles of 256 bytes, of which 248 are taken.
  const std::string text = random_alphanumeric(random, 128UL * 248);
  std::map<char, int> counts;
  for (char c : text) ++counts[c];
  EXPECT_EQ(counts.size(), 62U);
  for (const auto& [c, count] : counts) {
    EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c))) << c;
    EXPECT_EQ(count, 128 * 4) << c;
  }
}

}  // namespace partwise
