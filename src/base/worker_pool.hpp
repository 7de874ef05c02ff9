#pragma once

// Blocking work (system calls on files, digests, SQLite reads) runs here and never on the loop that
// answers control requests. `run_on` moves one function to the pool and resumes the Task with its
// value.

#include <exception>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/completion.hpp"

namespace partwise {

// Thread-safe. Jobs may run in any order and at the same time. What they post to, as the executor
// of the Task that waits for them, outlives the pool.
class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  virtual ~WorkerPool() = default;
  virtual void post(Job job) = 0;
  // Whether a job waits for a thread: who has much to do should make room.
  [[nodiscard]] virtual bool is_busy() const = 0;
};

// Runs every job at once, on the caller's thread: for tests, command-line tools and the simulator.
class InlineWorkerPool final : public WorkerPool {
 public:
  void post(Job job) override { job(); }
  [[nodiscard]] bool is_busy() const override { return true; }
};

// What the work refers to must outlive the await. An exception of it is rethrown to whoever awaits.
template <class Work>
[[nodiscard]] Task<std::invoke_result_t<Work&>> run_on(WorkerPool& pool, Work work) {
  using T = std::invoke_result_t<Work&>;
  static_assert(!std::is_void_v<T>, "return a Result<>, so that the outcome cannot be lost");
  using Outcome = std::variant<T, std::exception_ptr>;
  auto start = [&pool, work = std::move(work)](Completion<Outcome> complete) mutable {
    auto job = [work = std::move(work), complete = std::move(complete)]() mutable {
      Outcome outcome(std::in_place_index<1>, nullptr);
      try {
        outcome.template emplace<0>(work());
      } catch (...) {
        outcome.template emplace<1>(std::current_exception());
      }
      complete(std::move(outcome));
    };
    pool.post(std::move(job));
  };
  auto outcome = co_await await_completion<Outcome>(std::move(start));
  if (const auto* error = std::get_if<1>(&outcome)) std::rethrow_exception(*error);
  co_return std::get<0>(std::move(outcome));
}

}  // namespace partwise
