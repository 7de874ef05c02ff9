#include "base/completion.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "support/running.hpp"

namespace partwise {

namespace {

using test::Running;
using test::settle;

// Tasks that wait each for its own completion, and note in which order they went on.
class Waiters {
 public:
  Task<int> wait(int number) {
    auto start = [this](Completion<bool> complete) { completions_.push_back(std::move(complete)); };
    (void)co_await await_completion<bool>(std::move(start));  // It carries no value.
    resumed.push_back(number);
    co_return number;
  }

  void complete(std::size_t place) { completions_.at(place)(true); }

  std::vector<int> resumed;

 private:
  std::vector<Completion<bool>> completions_;
};

}  // namespace

TEST(CompletionBatch, ResumesWhatWasCompletedTogetherAndInOrder) {
  boost::asio::io_context loop;
  Waiters waiters;
  const Running first(loop, waiters.wait(1));
  const Running second(loop, waiters.wait(2));
  const Running third(loop, waiters.wait(3));
  settle(loop);
  {
    const CompletionBatch batch;
    for (const std::size_t place : {2U, 0U, 1U}) waiters.complete(place);
    settle(loop);
    EXPECT_TRUE(waiters.resumed.empty()) << "before the batch ended";
  }
  loop.restart();
  EXPECT_EQ(loop.poll_one(), 1U);
  EXPECT_EQ(waiters.resumed, (std::vector{3, 1, 2}));
  settle(loop);
  EXPECT_TRUE(first.done() && second.done() && third.done());
}

TEST(CompletionBatch, ResumesEachTaskOnItsOwnExecutor) {
  boost::asio::io_context loop;
  boost::asio::io_context other_loop;
  Waiters waiters;
  Waiters others;
  const Running first(loop, waiters.wait(1));
  const Running second(other_loop, others.wait(2));
  settle(loop);
  settle(other_loop);
  {
    const CompletionBatch batch;
    waiters.complete(0);
    others.complete(0);
  }
  settle(loop);
  EXPECT_TRUE(first.done());
  EXPECT_FALSE(second.done());
  settle(other_loop);
  EXPECT_TRUE(second.done());
}

TEST(CompletionBatch, LeavesThreadsWithoutOneAlone) {
  boost::asio::io_context loop;
  Waiters waiters;
  {
    const CompletionBatch over;
  }
  const Running first(loop, waiters.wait(1));
  settle(loop);
  waiters.complete(0);
  settle(loop);
  EXPECT_TRUE(first.done());
}

}  // namespace partwise
