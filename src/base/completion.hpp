#pragma once

// The bridge from callbacks to Tasks: `await_completion<T>` suspends the calling Task until
// somebody, on any thread, calls the Completion that it was given. The Task resumes on its own
// executor.

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <utility>

#include "base/task.hpp"

namespace partwise {

// Called exactly once. Destroying it uncalled leaves the Task suspended until its executor is
// destroyed.
template <class T>
using Completion = std::move_only_function<void(T)>;

// `start` receives the Completion; it may call it at once. T must be movable.
template <class T, class Start>
[[nodiscard]] Task<T> await_completion(Start start) {
  auto initiate = [](auto handler, Start begin) {
    auto executor = boost::asio::get_associated_executor(handler);
    begin(Completion<T>(
        [handler = std::move(handler), executor = std::move(executor)](T value) mutable {
          boost::asio::post(executor,
                            [handler = std::move(handler), value = std::move(value)]() mutable {
                              std::move(handler)(std::move(value));
                            });
        }));
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(start));
}

}  // namespace partwise
