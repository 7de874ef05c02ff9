#pragma once

// Runs one Task where nothing else runs yet: before the server serves, and in commands.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace partwise {

// Runs `loop` until `task` has ended, and returns its value. Rethrows what it throws. Nobody else
// runs the loop meanwhile.
template <class T>
[[nodiscard]] T run_to_end(boost::asio::io_context& loop, Task<T> task) {
  std::optional<T> value;
  std::exception_ptr error;
  boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr thrown, T result) {
    error = std::move(thrown);
    value = std::move(result);
  });
  loop.restart();
  while (!value) loop.run_one();
  if (error) std::rethrow_exception(error);
  return std::move(*value);
}

}  // namespace partwise
