#include "core/clock_guard.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace partwise {

namespace {

using namespace std::chrono_literals;
using test::ManualClock;

}  // namespace

TEST(ClockGuard, TrustsAClockThatGoesAsTimeDoes) {
  ManualClock clock;
  NullLog log;
  ClockGuard guard(clock, log);
  EXPECT_TRUE(guard.is_trusted());
  for (int i = 0; i < 100; ++i) {
    clock.advance(10'000s);
    EXPECT_TRUE(guard.is_trusted());
  }
  EXPECT_EQ(guard.pauses(), 0U);
}

TEST(ClockGuard, PausesForAnHourAfterAJumpOfMoreThanFiveMinutesInEitherDirection) {
  for (const auto jump : {301s, -301s, 86'400s, -86'400s}) {
    ManualClock clock;
    NullLog log;
    ClockGuard guard(clock, log);
    clock.jump_wall(jump);
    EXPECT_FALSE(guard.is_paused()) << "nobody has looked yet";
    EXPECT_FALSE(guard.is_trusted());
    EXPECT_EQ(guard.pauses(), 1U);
    clock.advance(3599s);
    EXPECT_TRUE(guard.is_paused());
    EXPECT_FALSE(guard.is_trusted());
    clock.advance(1s);
    EXPECT_FALSE(guard.is_paused());
    EXPECT_TRUE(guard.is_trusted());
    EXPECT_EQ(guard.pauses(), 1U);
  }
}

TEST(ClockGuard, ForgivesFiveMinutes) {
  for (const auto jump : {300s, -300s}) {
    ManualClock clock;
    NullLog log;
    ClockGuard guard(clock, log);
    clock.jump_wall(jump);
    EXPECT_TRUE(guard.is_trusted());
  }
}

TEST(ClockGuard, SeesAJumpThatCameWithALongSleep) {
  ManualClock clock;
  NullLog log;
  ClockGuard guard(clock, log);
  clock.advance(30s);
  clock.jump_wall(3600s);
  clock.advance(30s);
  EXPECT_FALSE(guard.is_trusted());
}

TEST(ClockGuard, ForgivesAClockThatIsSlewed) {
  ManualClock clock;
  NullLog log;
  ClockGuard guard(clock, log);
  // Two seconds off every minute, for ten hours.
  for (int i = 0; i < 600; ++i) {
    clock.advance(58s);
    clock.jump_wall(2s);
    EXPECT_TRUE(guard.is_trusted());
  }
}

TEST(ClockGuard, PausesAgainWhenTheClockIsSetRight) {
  ManualClock clock;
  NullLog log;
  ClockGuard guard(clock, log);
  clock.jump_wall(7200s);
  EXPECT_FALSE(guard.is_trusted());
  clock.advance(3000s);
  clock.jump_wall(-7200s);
  EXPECT_FALSE(guard.is_trusted());
  EXPECT_EQ(guard.pauses(), 2U);
  clock.advance(3599s);  // An hour after the second jump, not the first.
  EXPECT_FALSE(guard.is_trusted());
  clock.advance(1s);
  EXPECT_TRUE(guard.is_trusted());
}

}  // namespace partwise
