#pragma once

// Decides what happens next. Everything that takes time in a real server (a job of a worker, a
// commit, a packet, a timer) is an action here, and at each step the dice pick one of those that
// may happen now. Virtual time passes only when nothing else can happen. One thread.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/call_after.hpp"
#include "base/clock.hpp"
#include "base/completion.hpp"
#include "dice.hpp"

namespace partwise::sim {

using Call = std::move_only_function<void()>;
using Milliseconds = std::chrono::milliseconds;

// An event loop: what is posted to it runs in that order.
class Loop {
 public:
  [[nodiscard]] boost::asio::any_io_executor executor();
  void post(Call call) { ready_.push_back(std::move(call)); }
  [[nodiscard]] bool has_work() const { return !ready_.empty(); }
  void run_one() {
    Call call = std::move(ready_.front());
    ready_.pop_front();
    call();
  }

 private:
  std::deque<Call> ready_;
};

// Who an action belongs to: the clients, or one run of the server.
using Owner = std::uint32_t;
inline constexpr Owner kWorld = 0;

// What was done, as one number, and in words where somebody reads them.
class Trace {
 public:
  explicit Trace(bool prints) : prints_(prints) {}
  [[nodiscard]] bool prints() const { return prints_; }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  void mix(std::uint64_t value) { hash_ = (hash_ ^ value) * 0x100000001b3U; }
  void mix(std::string_view text) {
    for (const char c : text) mix(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  // A line of the history.
  void tell(std::string_view line);

  std::uint64_t step = 0;
  std::uint64_t now_ms = 0;

 private:
  const bool prints_;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

class Scheduler {
 public:
  Scheduler(Dice& dice, Trace& trace) : dice_(dice), trace_(trace) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // So many of a thousand actions wait for up to `slow_max` before they may happen.
  std::uint64_t slow_per_mille = 0;
  Milliseconds slow_max{200};

  // Loops outlive the scheduler.
  void add_loop(Loop& loop, Owner owner) { loops_.push_back({&loop, owner}); }
  void remove_loop(Loop& loop);

  // `call` may happen at any time from now on. `label` lives as long as the program.
  void act(Owner owner, const char* label, Call call);
  // `call` may happen once so much time has passed.
  void after(Owner owner, Milliseconds wait, const char* label, Call call);
  [[nodiscard]] CallAfter call_after(Owner owner);

  // Nothing that belongs to `owner` happens until `resume`: a process that is stopped.
  void stop(Owner owner) { stopped_.push_back(owner); }
  void resume(Owner owner);

  // Lets one thing happen; false where nothing is left.
  bool step();
  // Lets everything happen until so much time has passed.
  void run_for(Milliseconds time);
  // Lets everything happen that belongs to `owner`, at once and without time passing, and nothing
  // else. False where that did not end within `steps_max`.
  bool run_to_end(Owner owner, std::uint64_t steps_max);

  [[nodiscard]] std::uint64_t steps() const { return trace_.step; }
  [[nodiscard]] std::uint64_t now_ms() const { return trace_.now_ms; }
  [[nodiscard]] MonotonicTime now() const {
    return MonotonicTime{Milliseconds{1'000'000 + trace_.now_ms}};
  }
  // Time passes for everybody.
  void leap(Milliseconds by) { trace_.now_ms += static_cast<std::uint64_t>(by.count()); }

 private:
  struct Action {
    Owner owner;
    const char* label;
    Call call;
  };
  struct Timer {
    std::uint64_t due_ms;
    std::uint64_t number;
    Action action;
    // The earliest is at the top of a heap.
    bool operator<(const Timer& other) const {
      return std::tie(due_ms, number) > std::tie(other.due_ms, other.number);
    }
  };
  struct OwnedLoop {
    Loop* loop;
    Owner owner;
  };

  [[nodiscard]] bool is_stopped(Owner owner) const;
  [[nodiscard]] bool is_busy(const OwnedLoop& entry) const {
    return entry.loop->has_work() && !is_stopped(entry.owner);
  }
  void perform(Action action);
  void fire_due();
  [[nodiscard]] Action take_action(std::size_t index);
  [[nodiscard]] bool has_work_now() const;

  Dice& dice_;
  Trace& trace_;
  std::vector<OwnedLoop> loops_;
  std::vector<Action> actions_;
  std::vector<Timer> timers_;  // A heap.
  std::vector<Owner> stopped_;
  std::vector<Action> kept_;  // Of those that are stopped: what would have happened.
  std::uint64_t timers_set_ = 0;
};

// Runs a Task that never waits for anything, now.
template <class T>
T run_now(Task<T> task);

}  // namespace partwise::sim

#include "run_now.hpp"
