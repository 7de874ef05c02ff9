#include "store/s3/attempts.hpp"

#include <gtest/gtest.h>

#include "support/manual_clock.hpp"
#include "support/seeded_random.hpp"

namespace partwise::s3 {

namespace {

using std::chrono::milliseconds;

class AttemptsTest : public ::testing::Test {
 protected:
  const S3Limits limits_{.attempts_max = 8,
                         .first_wait = milliseconds(100),
                         .longest_wait = milliseconds(1000),
                         .patience = milliseconds(60'000)};
  test::ManualClock clock_;
  test::SeededRandom random_{1};
  Attempts attempts_{limits_, clock_, random_};
};

TEST_F(AttemptsTest, EndAfterTheirNumber) {
  for (int i = 1; i < 8; ++i) EXPECT_TRUE(attempts_.may_try_again()) << i;
  EXPECT_FALSE(attempts_.may_try_again());
}

TEST_F(AttemptsTest, EndWithThePatienceOfTheClient) {
  EXPECT_TRUE(attempts_.may_try_again());
  clock_.advance(std::chrono::seconds(60));
  EXPECT_FALSE(attempts_.may_try_again());
}

TEST_F(AttemptsTest, WaitTwiceAsLongEachTimeUpToTheLongestLessAChance) {
  for (const int longest : {100, 200, 400, 800, 1000, 1000}) {
    ASSERT_TRUE(attempts_.may_try_again());
    for (int turn = 0; turn < 20; ++turn) {
      const auto wait = attempts_.wait(0);
      EXPECT_GE(wait, milliseconds(longest / 2));
      EXPECT_LE(wait, milliseconds(longest));
    }
  }
}

TEST_F(AttemptsTest, WaitAsTheStoreAsksWithinReason) {
  ASSERT_TRUE(attempts_.may_try_again());
  EXPECT_EQ(attempts_.wait(1), milliseconds(1000));
  EXPECT_EQ(attempts_.wait(3600), milliseconds(1000));
}

}  // namespace

}  // namespace partwise::s3
