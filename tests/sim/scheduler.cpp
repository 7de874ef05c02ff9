#include "scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace partwise::sim {

namespace {

namespace asio = boost::asio;

asio::execution_context& shared_context() {
  static asio::execution_context context;
  return context;
}

// What Asio needs to know of a loop.
class LoopExecutor {
 public:
  explicit LoopExecutor(Loop& loop) : loop_(&loop) {}

  [[nodiscard]] static asio::execution_context& query(asio::execution::context_t) noexcept {
    return shared_context();
  }
  [[nodiscard]] static constexpr asio::execution::blocking_t query(
      asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  [[nodiscard]] LoopExecutor require(asio::execution::blocking_t::never_t) const noexcept {
    return *this;
  }
  template <class Function>
  void execute(Function&& function) const {
    loop_->post(Call(std::forward<Function>(function)));
  }
  friend bool operator==(const LoopExecutor&, const LoopExecutor&) noexcept = default;

 private:
  Loop* loop_;
};

}  // namespace

asio::any_io_executor Loop::executor() { return LoopExecutor(*this); }

void Trace::tell(std::string_view line) {
  mix(line);
  if (!prints_) return;
  const std::string text = fmt::format("{:>7} {:>10} ms  {}\n", step, now_ms, line);
  std::fputs(text.c_str(), stdout);
}

void Scheduler::remove_loop(Loop& loop) {
  std::erase_if(loops_, [&](const OwnedLoop& entry) { return entry.loop == &loop; });
}

void Scheduler::act(Owner owner, const char* label, Call call) {
  if (dice_.chance(slow_per_mille)) {
    const auto wait = dice_.between(1, static_cast<std::uint64_t>(slow_max.count()));
    return after(owner, Milliseconds{wait}, label, std::move(call));
  }
  actions_.push_back({owner, label, std::move(call)});
}

void Scheduler::after(Owner owner, Milliseconds wait, const char* label, Call call) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(wait.count(), 0));
  timers_.push_back({.due_ms = trace_.now_ms + ms,
                     .number = ++timers_set_,
                     .action = {owner, label, std::move(call)}});
  std::ranges::push_heap(timers_, std::less<>{});
}

CallAfter Scheduler::call_after(Owner owner) {
  return
      [this, owner](Milliseconds wait, Call call) { after(owner, wait, "timer", std::move(call)); };
}

bool Scheduler::is_stopped(Owner owner) const {
  return !stopped_.empty() && std::ranges::find(stopped_, owner) != stopped_.end();
}

void Scheduler::resume(Owner owner) {
  std::erase(stopped_, owner);
  for (Action& action : kept_) {
    if (action.owner == owner) actions_.push_back(std::move(action));
  }
  std::erase_if(kept_, [owner](const Action& action) { return action.owner == owner; });
}

void Scheduler::perform(Action action) {
  ++trace_.step;
  if (is_stopped(action.owner)) return kept_.push_back(std::move(action));
  trace_.mix(std::string_view(action.label));
  trace_.mix(action.owner);
  trace_.mix(trace_.now_ms);
  action.call();
}

Scheduler::Action Scheduler::take_action(std::size_t index) {
  Action action = std::move(actions_[index]);
  if (index + 1 != actions_.size()) actions_[index] = std::move(actions_.back());
  actions_.pop_back();
  return action;
}

void Scheduler::fire_due() {
  std::ranges::pop_heap(timers_, std::less<>{});
  Timer timer = std::move(timers_.back());
  timers_.pop_back();
  trace_.now_ms = std::max(trace_.now_ms, timer.due_ms);
  perform(std::move(timer.action));
}

bool Scheduler::step() {
  std::size_t busy_loops = 0;
  for (const OwnedLoop& entry : loops_) busy_loops += is_busy(entry) ? 1 : 0;
  const bool timer_is_due = !timers_.empty() && timers_.front().due_ms <= trace_.now_ms;
  const std::size_t choices = busy_loops + actions_.size() + (timer_is_due ? 1 : 0);
  if (choices == 0) {
    if (timers_.empty()) return false;
    fire_due();
    return true;
  }
  std::size_t choice = dice_.below(choices);
  for (const OwnedLoop& entry : loops_) {
    if (!is_busy(entry)) continue;
    if (choice-- > 0) continue;
    perform({entry.owner, "loop", [loop = entry.loop] { loop->run_one(); }});
    return true;
  }
  if (choice >= actions_.size()) {
    fire_due();
    return true;
  }
  perform(take_action(choice));
  return true;
}

bool Scheduler::has_work_now() const {
  const auto has_work = [this](const OwnedLoop& entry) { return is_busy(entry); };
  return !actions_.empty() || std::ranges::any_of(loops_, has_work);
}

void Scheduler::run_for(Milliseconds time) {
  const std::uint64_t end = trace_.now_ms + static_cast<std::uint64_t>(time.count());
  while (has_work_now() || (!timers_.empty() && timers_.front().due_ms <= end)) (void)step();
  trace_.now_ms = std::max(trace_.now_ms, end);
}

bool Scheduler::run_to_end(Owner owner, std::uint64_t steps_max) {
  const auto is_owned = [owner](const auto& entry) { return entry.owner == owner; };
  for (std::uint64_t done = 0; done < steps_max; ++done) {
    if (const auto loop = std::ranges::find_if(
            loops_, [&](const auto& entry) { return is_owned(entry) && entry.loop->has_work(); });
        loop != loops_.end()) {
      loop->loop->run_one();
      continue;
    }
    if (const auto action = std::ranges::find_if(actions_, is_owned); action != actions_.end()) {
      take_action(static_cast<std::size_t>(action - actions_.begin())).call();
      continue;
    }
    const auto timer =
        std::ranges::find_if(timers_, [&](const Timer& entry) { return is_owned(entry.action); });
    if (timer == timers_.end()) return true;
    Call call = std::move(timer->action.call);
    timers_.erase(timer);
    std::ranges::make_heap(timers_, std::less<>{});
    call();
  }
  return false;
}

}  // namespace partwise::sim
