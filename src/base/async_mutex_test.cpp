#include "base/async_mutex.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>
#include <vector>

#include "support/running.hpp"

namespace partwise {

namespace {

using test::Running;
using test::settle;

using Lock = AsyncMutex::Lock;

Task<int> take(AsyncMutex& mutex, std::optional<Lock>& lock) {
  lock.emplace(co_await mutex.lock());
  co_return 1;
}

// Takes the lock, notes its number, and gives the lock back.
Task<int> take_turn(AsyncMutex& mutex, std::vector<int>& turns, int number) {
  const auto lock = co_await mutex.lock();
  turns.push_back(number);
  co_return number;
}

}  // namespace

TEST(AsyncMutex, IsHeldByOneTaskAtATime) {
  boost::asio::io_context loop;
  AsyncMutex mutex;
  std::optional<Lock> a;
  std::optional<Lock> b;
  const Running first(loop, take(mutex, a));
  const Running second(loop, take(mutex, b));
  settle(loop);
  EXPECT_TRUE(first.done());
  EXPECT_FALSE(second.done());
  a.reset();
  settle(loop);
  EXPECT_TRUE(second.done());
}

TEST(AsyncMutex, IsGivenInTheOrderOfAsking) {
  boost::asio::io_context loop;
  AsyncMutex mutex;
  std::optional<Lock> held;
  std::vector<int> turns;
  const Running holder(loop, take(mutex, held));
  settle(loop);
  std::vector<Running<int>> waiters;
  for (int i = 0; i < 5; ++i) waiters.emplace_back(loop, take_turn(mutex, turns, i));
  settle(loop);
  EXPECT_TRUE(turns.empty());
  held.reset();
  settle(loop);
  EXPECT_EQ(turns, (std::vector{0, 1, 2, 3, 4}));
}

TEST(AsyncMutex, CannotBeTakenBetweenItsReleaseAndTheNextInLine) {
  boost::asio::io_context loop;
  AsyncMutex mutex;
  std::optional<Lock> held;
  std::optional<Lock> next;
  std::optional<Lock> late;
  const Running holder(loop, take(mutex, held));
  settle(loop);
  const Running waiter(loop, take(mutex, next));
  settle(loop);
  held.reset();  // The waiter's turn is decided, but it has not run yet.
  const Running latecomer(loop, take(mutex, late));
  settle(loop);
  EXPECT_TRUE(waiter.done());
  EXPECT_FALSE(latecomer.done());
  next.reset();
  settle(loop);
  EXPECT_TRUE(latecomer.done());
}

TEST(AsyncMutexLock, ReleasesOnceHoweverItIsMoved) {
  boost::asio::io_context loop;
  AsyncMutex mutex;
  AsyncMutex other;
  std::optional<Lock> a;
  std::optional<Lock> b;
  const Running first(loop, take(mutex, a));
  const Running of_other(loop, take(other, b));
  settle(loop);
  *b = std::move(*a);  // Releases the other mutex, and holds this one.
  a.reset();
  std::optional<Lock> c;
  std::optional<Lock> d;
  const Running second(loop, take(mutex, c));
  const Running second_of_other(loop, take(other, d));
  settle(loop);
  EXPECT_FALSE(second.done());
  EXPECT_TRUE(second_of_other.done());
  b->release();
  b->release();
  settle(loop);
  EXPECT_TRUE(second.done());
}

}  // namespace partwise
