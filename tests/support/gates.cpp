#include "support/gates.hpp"

namespace partwise::test {

void Gates::restart() {
  arrivals_.clear();
  trace_.clear();
}

void Gates::hold(GatePoint point) { closed_ = std::move(point); }

void Gates::open() {
  closed_.reset();
  if (auto call = std::exchange(held_, std::nullopt)) (*call)(true);
}

Task<> Gates::pass(std::string gate) {
  GatePoint point{.gate = gate, .nth = ++arrivals_[gate]};
  trace_.push_back(point);
  if (closed_ != point) co_return;
  closed_.reset();
  auto wait = [this](Completion<bool> complete) { held_ = std::move(complete); };
  (void)co_await await_completion<bool>(
      std::move(wait));  // The value only says that the gate is open.
}

}  // namespace partwise::test
