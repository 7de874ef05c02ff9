#pragma once

// Runs one Task to its end on an executor of its own, and gives its value to an ordinary test.

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

template <class T>
T run_task(Task<T> task) {
  boost::asio::io_context loop;
  return run_task(loop, std::move(task));
}

}  // namespace partwise::test
