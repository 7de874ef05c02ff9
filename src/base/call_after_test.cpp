#include "base/call_after.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "support/manual_timers.hpp"
#include "support/running.hpp"

namespace partwise {

namespace {

using namespace std::chrono_literals;
using test::ManualTimers;
using test::Running;
using test::settle;

Task<int> wait_once(WakeSignal& signal) {
  co_await signal.wait(5s);
  co_return 1;
}

}  // namespace

TEST(WakeSignal, SleepsUntilItIsWoken) {
  boost::asio::io_context loop;
  ManualTimers timers;
  WakeSignal signal(timers.call_after());
  const Running sleeper(loop, wait_once(signal));
  settle(loop);
  EXPECT_FALSE(sleeper.done());
  signal.wake();
  settle(loop);
  EXPECT_TRUE(sleeper.done());
}

TEST(WakeSignal, WakesByItselfAfterTheTime) {
  boost::asio::io_context loop;
  ManualTimers timers;
  WakeSignal signal(timers.call_after());
  const Running sleeper(loop, wait_once(signal));
  settle(loop);
  ASSERT_EQ(timers.pending(), 1U);
  EXPECT_EQ(timers.newest(), 5s);
  timers.fire();
  settle(loop);
  EXPECT_TRUE(sleeper.done());
}

TEST(WakeSignal, KeepsAWakeThatComesWhileNobodyWaits) {
  boost::asio::io_context loop;
  ManualTimers timers;
  WakeSignal signal(timers.call_after());
  signal.wake();
  signal.wake();
  const Running first(loop, wait_once(signal));
  settle(loop);
  EXPECT_TRUE(first.done());
  // Two wakes while nobody waited are one: there is nothing else to look at.
  const Running second(loop, wait_once(signal));
  settle(loop);
  EXPECT_FALSE(second.done());
  signal.wake();
  settle(loop);
  EXPECT_TRUE(second.done());
}

TEST(WakeSignal, IsNotWokenByTheTimerOfAnEarlierWait) {
  boost::asio::io_context loop;
  ManualTimers timers;
  WakeSignal signal(timers.call_after());
  const Running first(loop, wait_once(signal));
  settle(loop);
  signal.wake();
  settle(loop);
  ASSERT_TRUE(first.done());
  timers.fire();  // Nobody waits: this must not count as a wake.
  const Running second(loop, wait_once(signal));
  settle(loop);
  EXPECT_FALSE(second.done());
  signal.wake();
  settle(loop);
}

TEST(WakeSignal, IsNotWokenByAnEarlierTimerThatGoesOffLate) {
  boost::asio::io_context loop;
  ManualTimers timers;
  WakeSignal signal(timers.call_after());
  const Running first(loop, wait_once(signal));
  settle(loop);
  signal.wake();
  settle(loop);
  auto late = timers.take();
  const Running second(loop, wait_once(signal));
  settle(loop);
  late.front()();
  settle(loop);
  EXPECT_FALSE(second.done());
  timers.fire();
  settle(loop);
  EXPECT_TRUE(second.done());
}

TEST(WakeSignal, MayGoBeforeItsTimerDoes) {
  boost::asio::io_context loop;
  ManualTimers timers;
  {
    WakeSignal signal(timers.call_after());
    const Running sleeper(loop, wait_once(signal));
    settle(loop);
    signal.wake();
    settle(loop);
    ASSERT_TRUE(sleeper.done());
  }
  timers.fire();
}

}  // namespace partwise
