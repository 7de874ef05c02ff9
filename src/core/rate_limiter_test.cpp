#include "core/rate_limiter.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace partwise {
namespace {

using namespace std::chrono_literals;

const KeyId kOne{"key_one"};
const KeyId kOther{"key_other"};

TEST(RateLimiter, GivesEachKeyItsRequestsAMinuteAndFillsUpEvenly) {
  test::ManualClock clock;
  RateLimiter limiter(4, clock);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(limiter.admit(kOne)) << i;
  const auto refused = limiter.admit(kOne);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(refused.error().retry_after_s, 15U);
  EXPECT_TRUE(limiter.admit(kOther));

  clock.advance(14s);
  EXPECT_EQ(limiter.admit(kOne).error().retry_after_s, 1U);
  clock.advance(1s);
  EXPECT_TRUE(limiter.admit(kOne)) << "a refusal costs nothing";
  EXPECT_FALSE(limiter.admit(kOne));
  clock.advance(1h);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(limiter.admit(kOne)) << i;
  EXPECT_FALSE(limiter.admit(kOne)) << "a long rest saves no more than a minute's worth";
}

TEST(RateLimiter, TheWallClockIsNothingToIt) {
  test::ManualClock clock;
  RateLimiter limiter(1, clock);
  EXPECT_TRUE(limiter.admit(kOne));
  clock.jump_wall(1h);
  EXPECT_FALSE(limiter.admit(kOne));
}

TEST(RateLimiter, WithoutALimitKeepsNothing) {
  test::ManualClock clock;
  RateLimiter limiter(0, clock);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limiter.admit(kOne));
  EXPECT_EQ(limiter.buckets(), 0U);
}

TEST(RateLimiter, ForgetsKeysThatRest) {
  test::ManualClock clock;
  RateLimiter limiter(60, clock);
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_TRUE(limiter.admit({std::to_string(i)}));
    if (i % 10 == 0) clock.advance(1s);
  }
  EXPECT_LE(limiter.buckets(), 128U);
}

}  // namespace
}  // namespace partwise
