#pragma once

// A Task that runs beside the test: started now, asked later. For tests that hold one request still
// while another goes on. The loop that it runs on is driven by `step_until`.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/task.hpp"

namespace partwise::test {

template <class T>
class Running {
 public:
  Running(boost::asio::io_context& loop, Task<T> task) {
    auto on_done = [state = state_](std::exception_ptr thrown, T value) {
      state->thrown = std::move(thrown);
      state->value = std::move(value);
    };
    boost::asio::co_spawn(loop, std::move(task), std::move(on_done));
  }

  [[nodiscard]] bool done() const { return state_->value.has_value(); }

  // Only once it is done. Rethrows what the Task threw.
  [[nodiscard]] const T& value() const {
    if (!done()) throw std::logic_error("the task has not ended");
    if (state_->thrown) std::rethrow_exception(state_->thrown);
    return *state_->value;
  }

  // The same, once, for a value that cannot be copied.
  [[nodiscard]] T take() {
    (void)value();  // Throws where there is nothing to take.
    return std::move(*state_->value);
  }

 private:
  struct State {
    std::exception_ptr thrown;
    std::optional<T> value;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

// Runs what is ready, and nothing that has to be waited for.
inline void settle(boost::asio::io_context& loop) {
  loop.restart();
  loop.poll();
}

// Runs the loop, one handler after the other, until `reached` says so. It may wait for other
// threads; a wait without end is a hang of the subject, and ends the test.
template <class Condition>
void step_until(boost::asio::io_context& loop, Condition reached) {
  constexpr std::chrono::seconds kHang{60};
  const auto work = boost::asio::make_work_guard(loop);
  loop.restart();
  while (!reached()) {
    if (loop.run_one_for(kHang) == 0) throw std::logic_error("the loop hangs");
  }
}

}  // namespace partwise::test
