#pragma once

// The bridge from callbacks to Tasks: `await_completion<T>` suspends the calling Task until
// somebody, on any thread, calls the Completion that it was given. The Task resumes on its own
// executor.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "base/task.hpp"

namespace partwise {

// Called exactly once. Destroying it uncalled destroys the Task, and with it those that wait for
// it: nobody is told.
template <class T>
using Completion = std::move_only_function<void(T)>;

// Completions that are called on this thread while it lives, of Tasks on one executor, resume
// together at its end: each way to another thread costs as much as what is done there. A resource,
// on the stack, one at a time.
class CompletionBatch {
 public:
  CompletionBatch();
  ~CompletionBatch();
  CompletionBatch(const CompletionBatch&) = delete;
  CompletionBatch& operator=(const CompletionBatch&) = delete;

  // The one of this thread, or null.
  [[nodiscard]] static CompletionBatch* current();
  void add(const boost::asio::any_io_executor& executor, std::move_only_function<void()> resume);

 private:
  void deliver();

  boost::asio::any_io_executor executor_;
  std::vector<std::move_only_function<void()>> resumptions_;
};

// `start` receives the Completion; it may call it at once. T must be movable.
template <class T, class Start>
[[nodiscard]] Task<T> await_completion(Start start) {
  auto initiate = [](auto handler, Start begin) {
    auto executor = boost::asio::get_associated_executor(handler);
    begin(Completion<T>(
        [handler = std::move(handler), executor = std::move(executor)](T value) mutable {
          auto resume = [handler = std::move(handler), value = std::move(value)]() mutable {
            std::move(handler)(std::move(value));
          };
          if (auto* batch = CompletionBatch::current()) {
            batch->add(executor, std::move(resume));
          } else {
            boost::asio::post(executor, std::move(resume));
          }
        }));
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
      std::move(initiate), boost::asio::use_awaitable, std::move(start));
}

}  // namespace partwise
