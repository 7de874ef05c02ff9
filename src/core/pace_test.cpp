#include "core/pace.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"

namespace partwise {

namespace {

using namespace std::chrono_literals;

TEST(Pace, RestsAsLongAsTheBytesTakeAtItsRate) {
  const test::ManualClock clock;
  Pace pace(kMiB, clock);
  EXPECT_EQ(pace.rest_after(kMiB), 1s);
  // Nobody has rested: the debt adds up.
  EXPECT_EQ(pace.rest_after(kMiB / 2), 1500ms);
}

TEST(Pace, CountsTimeThatPassedAndSavesNoneOfIt) {
  test::ManualClock clock;
  Pace pace(kMiB, clock);
  EXPECT_EQ(pace.rest_after(2 * kMiB), 2s);
  clock.advance(1s);
  EXPECT_EQ(pace.rest_after(kMiB), 2s);
  clock.advance(1h);
  EXPECT_EQ(pace.rest_after(kMiB), 1s);
}

TEST(Pace, CountsASmallReadAsWhatTheDiskCouldHaveRead) {
  const test::ManualClock clock;
  Pace pace(Pace::kReadBytesMin, clock);
  EXPECT_EQ(pace.rest_after(0), 1s);
  EXPECT_EQ(pace.rest_after(1), 2s);
}

TEST(Pace, SavesUpRestsThatAreTooShortToBeTaken) {
  const test::ManualClock clock;
  Pace pace(250 * Pace::kReadBytesMin, clock);  // 4 ms each.
  EXPECT_EQ(pace.rest_after(1), 0ms);
  EXPECT_EQ(pace.rest_after(1), 0ms);
  EXPECT_EQ(pace.rest_after(1), 12ms);
}

TEST(Pace, NeverRestsWithoutARate) {
  const test::ManualClock clock;
  Pace pace(0, clock);
  EXPECT_EQ(pace.rest_after(1024 * kGiB), 0s);
}

}  // namespace

}  // namespace partwise
