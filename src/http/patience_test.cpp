#include "http/patience.hpp"

#include <gtest/gtest.h>

namespace partwise::http {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime kNow{};

TEST(Patience, IsTheGraceAndWhatTheBytesHaveEarned) {
  Patience patience(1000, 10s, 1h);
  EXPECT_EQ(patience.deadline(kNow, 0), kNow + 10s);
  EXPECT_EQ(patience.deadline(kNow, 5000), kNow + 15s);
  patience.add_wait(12s, 5000);
  EXPECT_EQ(patience.deadline(kNow, 5000), kNow + 3s);
}

TEST(Patience, HasAnEnd) {
  Patience patience(1000, 10s, 1h);
  patience.add_wait(11s, 0);
  EXPECT_EQ(patience.deadline(kNow, 0), kNow);
}

TEST(Patience, WaitsNoLongerThanTheStallLimitAtOnce) {
  const Patience patience(1000, 10s, 30s);
  EXPECT_EQ(patience.deadline(kNow, 1'000'000), kNow + 30s);
}

TEST(Patience, AFastStartBuysNoSlowHours) {
  Patience patience(1000, 10s, 30s);
  patience.add_wait(1s, 100'000'000);
  EXPECT_EQ(patience.deadline(kNow, 100'000'000), kNow + 10s);
  patience.add_wait(10s, 100'000'001);
  EXPECT_LE(patience.deadline(kNow, 100'000'001), kNow + 1s);
}

}  // namespace
}  // namespace partwise::http
