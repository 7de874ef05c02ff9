#include "base/worker_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <stdexcept>
#include <string>

#include "base/thread_pool.hpp"

namespace partwise {
namespace {

Task<std::string> outcome_of(WorkerPool& pool, bool throws) {
  auto work = [throws]() -> Result<int> {
    if (throws) throw std::runtime_error("out of memory");
    return 7;
  };
  try {
    const auto value = co_await run_on(pool, work);
    co_return std::to_string(value.value());
  } catch (const std::runtime_error& error) {
    co_return error.what();
  }
}

std::string run(WorkerPool& pool, boost::asio::io_context& loop, bool throws) {
  std::string outcome;
  auto on_end = [&outcome](const std::exception_ptr&, std::string value) { outcome = value; };
  boost::asio::co_spawn(loop, outcome_of(pool, throws), on_end);
  loop.restart();
  loop.run();
  return outcome;
}

TEST(RunOn, GivesTheValueOfTheWork) {
  boost::asio::io_context loop;
  InlineWorkerPool pool;
  EXPECT_EQ(run(pool, loop, false), "7");
}

TEST(RunOn, RethrowsWhatTheWorkThrewToWhoeverAwaits) {
  boost::asio::io_context loop;
  ThreadPool threads(1);
  EXPECT_EQ(run(threads, loop, true), "out of memory");
  EXPECT_EQ(run(threads, loop, false), "7");
}

}  // namespace
}  // namespace partwise
