#pragma once

// Part of scheduler.hpp: what needs the heavier headers of Asio.

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "scheduler.hpp"

namespace partwise::sim {

template <class T>
T run_now(Task<T> task) {
  thread_local Loop loop;  // Empty between two calls, and warm.
  std::optional<T> value;
  std::exception_ptr error;
  auto on_done = [&](std::exception_ptr thrown, T result) {
    error = std::move(thrown);
    value.emplace(std::move(result));
  };
  boost::asio::co_spawn(loop.executor(), std::move(task), std::move(on_done));
  while (loop.has_work()) loop.run_one();
  if (error) std::rethrow_exception(error);
  if (!value) throw std::logic_error("a task that was to end at once did not");
  return std::move(*value);
}

}  // namespace partwise::sim
