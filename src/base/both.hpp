#pragma once

// Two Tasks at the same time, joined: neither outlives the call. Where memory is so short that they
// cannot be joined, the process ends.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/completion.hpp"

namespace partwise {

// Runs `first` and `second` concurrently on the caller's executor, which must be a single thread,
// and returns both values. An exception of either is rethrown after both have ended.
template <class A, class B>
[[nodiscard]] Task<std::pair<A, B>> both(Task<A> first, Task<B> second) {
  auto executor = co_await boost::asio::this_coro::executor;
  struct Second {
    std::optional<B> value;
    std::exception_ptr error;
    bool done = false;
    std::optional<Completion<bool>> waiter;
  } state;
  auto on_done = [&state](std::exception_ptr error, B value) {
    state.error = std::move(error);
    state.value = std::move(value);
    state.done = true;
    if (state.waiter) (*state.waiter)(true);
  };
  boost::asio::co_spawn(executor, std::move(second), std::move(on_done));
  std::optional<A> a;
  std::exception_ptr error;
  try {
    a = co_await std::move(first);
  } catch (...) {
    error = std::current_exception();
  }
  if (!state.done) {
    auto wait = [&state](Completion<bool> complete) { state.waiter = std::move(complete); };
    try {
      (void)co_await await_completion<bool>(std::move(wait));
    } catch (...) {
      std::terminate();  // `second` would go on with what its caller is about to destroy.
    }
  }
  if (error) std::rethrow_exception(error);
  if (state.error) std::rethrow_exception(state.error);
  co_return std::pair<A, B>(std::move(*a), std::move(*state.value));
}

}  // namespace partwise
