#pragma once

// Timers as a callback: of the server's loop, or of a simulated one. And a signal on top of it, for
// loops of work that sleep until something happens or some time has passed.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/completion.hpp"

namespace partwise {

// Calls back on the loop after the duration, once. Not thread-safe: called on the loop.
using CallAfter = std::function<void(std::chrono::milliseconds, std::move_only_function<void()>)>;

// One waiter, any number of wakers. A wake that comes while nobody waits is kept. Lives on the
// loop.
class WakeSignal {
 public:
  explicit WakeSignal(CallAfter call_after) : call_after_(std::move(call_after)) {}
  WakeSignal(const WakeSignal&) = delete;
  WakeSignal& operator=(const WakeSignal&) = delete;

  void wake() {
    state_->pending = true;
    state_->fire();
  }

  // Returns at a wake, or after `at_most`.
  [[nodiscard]] Task<> wait(std::chrono::milliseconds at_most) {
    if (!state_->pending) {
      const std::uint64_t round = ++state_->round;
      auto timeout = [state = state_, round] {
        if (state->round == round) state->fire();
      };
      call_after_(at_most, std::move(timeout));
      auto start = [state = state_](Completion<bool> complete) {
        state->waiter = std::move(complete);
      };
      (void)co_await await_completion<bool>(std::move(start));  // Woken or timed out: the same.
      ++state_->round;
    }
    state_->pending = false;
  }

 private:
  // Shared with the timers that are still under way.
  struct State {
    bool pending = false;
    std::uint64_t round = 0;
    std::optional<Completion<bool>> waiter;
    void fire() {
      if (auto call = std::exchange(waiter, std::nullopt)) (*call)(true);
    }
  };
  CallAfter call_after_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace partwise
