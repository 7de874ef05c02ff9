#pragma once

// Runs one Task to its end, and gives its value to an ordinary test. `loop` outlives the threads of
// what the task asks: the thread that ends a task wakes the loop, and may be seen there still after
// the loop has ended.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/task.hpp"

namespace partwise::test {

template <class T>
T run_task(boost::asio::io_context& loop, Task<T> task) {
  std::optional<T> value;
  std::exception_ptr error;
  auto on_done = [&](std::exception_ptr thrown, T result) {
    error = std::move(thrown);
    value = std::move(result);
  };
  boost::asio::co_spawn(loop, std::move(task), std::move(on_done));
  loop.restart();
  loop.run();
  if (error) std::rethrow_exception(error);
  if (!value) throw std::logic_error("the task never ended");
  return std::move(*value);
}

// On a loop that outlives every test. A task does not call this.
template <class T>
T run_task(Task<T> task) {
  static boost::asio::io_context loop;
  return run_task(loop, std::move(task));
}

}  // namespace partwise::test
