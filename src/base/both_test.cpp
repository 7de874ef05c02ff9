#include "base/both.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <string>

#include "support/running.hpp"

namespace partwise {

namespace {

using test::Running;
using test::settle;

// A Task that ends when the test says so.
struct Latch {
  std::optional<Completion<bool>> waiter;
  bool ended = false;

  void open() { (*waiter)(true); }
  [[nodiscard]] bool entered() const { return waiter.has_value(); }
};

template <class T>
Task<T> value_after(Latch& latch, T value) {
  auto start = [&latch](Completion<bool> complete) { latch.waiter = std::move(complete); };
  (void)co_await await_completion<bool>(std::move(start));  // The latch carries no value.
  latch.ended = true;
  co_return value;
}

Task<int> failure_after(Latch& latch, const char* what) {
  (void)co_await value_after(latch, 0);  // Only the wait is wanted.
  throw std::runtime_error(what);
}

template <class T>
Task<T> value_now(T value) {
  co_return value;
}

}  // namespace

TEST(Both, RunsTheTwoAtTheSameTimeAndWaitsForBoth) {
  for (const bool first_ends_first : {true, false}) {
    boost::asio::io_context loop;
    Latch a;
    Latch b;
    const Running joined(loop, both(value_after(a, 1), value_after(b, std::string("two"))));
    settle(loop);
    ASSERT_TRUE(a.entered() && b.entered());
    (first_ends_first ? a : b).open();
    settle(loop);
    EXPECT_FALSE(joined.done());
    (first_ends_first ? b : a).open();
    settle(loop);
    ASSERT_TRUE(joined.done());
    EXPECT_EQ(joined.value().first, 1);
    EXPECT_EQ(joined.value().second, "two");
  }
}

TEST(Both, ReturnsWhatWasReadyAtOnce) {
  boost::asio::io_context loop;
  const Running joined(loop, both(value_now(1), value_now(2)));
  settle(loop);
  ASSERT_TRUE(joined.done());
  EXPECT_EQ(joined.value(), (std::pair{1, 2}));
}

TEST(Both, OutlivesNeitherWhenTheFirstThrows) {
  boost::asio::io_context loop;
  Latch a;
  Latch b;
  const Running joined(loop, both(failure_after(a, "first"), value_after(b, 2)));
  settle(loop);
  a.open();
  settle(loop);
  EXPECT_FALSE(joined.done());
  b.open();
  settle(loop);
  ASSERT_TRUE(joined.done());
  EXPECT_TRUE(b.ended);
  EXPECT_THROW((void)joined.value(), std::runtime_error);
}

TEST(Both, RethrowsOfTheSecondAfterTheFirstHasEnded) {
  boost::asio::io_context loop;
  Latch a;
  Latch b;
  const Running joined(loop, both(value_after(a, 1), failure_after(b, "second")));
  settle(loop);
  b.open();
  settle(loop);
  EXPECT_FALSE(joined.done());
  a.open();
  settle(loop);
  ASSERT_TRUE(joined.done());
  EXPECT_THROW((void)joined.value(), std::runtime_error);
}

}  // namespace partwise
