#pragma once

// Timers that go off when a test says so. Lives on the loop.

#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include "base/call_after.hpp"

namespace partwise::test {

class ManualTimers {
 public:
  ManualTimers() = default;
  ManualTimers(const ManualTimers&) = delete;
  ManualTimers& operator=(const ManualTimers&) = delete;

  // What the subject gets; valid as long as this.
  [[nodiscard]] CallAfter call_after() {
    return [this](std::chrono::milliseconds after, std::move_only_function<void()> call) {
      pending_.push_back({after, std::move(call)});
    };
  }

  [[nodiscard]] std::size_t pending() const { return pending_.size(); }
  // How long the timer waits that was set last; zero where none is set.
  [[nodiscard]] std::chrono::milliseconds newest() const {
    return pending_.empty() ? std::chrono::milliseconds{0} : pending_.back().after;
  }

  // All timers that are set now go off, in the order in which they were set.
  void fire() {
    for (auto& call : take()) call();
  }

  // Takes the timers that are set now out of here, so that they can go off late.
  [[nodiscard]] std::vector<std::move_only_function<void()>> take() {
    std::vector<std::move_only_function<void()>> calls;
    for (Timer& timer : std::exchange(pending_, {})) calls.push_back(std::move(timer.call));
    return calls;
  }

 private:
  struct Timer {
    std::chrono::milliseconds after;
    std::move_only_function<void()> call;
  };
  std::vector<Timer> pending_;
};

}  // namespace partwise::test
