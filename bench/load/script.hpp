#pragma once

// The part of a client that does not touch the network: which request comes next, what its answer
// is worth, and what is counted.

#include <chrono>
#include <cstdint>

#include "load/figures.hpp"
#include "load/outgoing.hpp"
#include "load/plan.hpp"
#include "load/response_parser.hpp"

namespace partwise::load {

// One thread at a time.
class Script {
 public:
  // `plan` outlives this. `number` is that of the connection.
  Script(const Plan& plan, std::uint64_t number);

  void begin_iteration(std::uint64_t number);
  // Whether the iteration has ended: all its steps are done, or one has failed.
  [[nodiscard]] bool has_ended() const { return at_ == plan_.steps.size() || has_failed_; }
  [[nodiscard]] bool has_failed() const { return has_failed_; }

  // The step that is next, and its request.
  [[nodiscard]] const Step& step() const { return plan_.steps[at_]; }
  [[nodiscard]] bool keeps_answer() const { return !step().captures.empty(); }
  [[nodiscard]] Result<> render(Outgoing& out);

  // The answer to the step, which took so long; a wrong one is counted as a failure.
  void take_answer(const Response& response, std::chrono::nanoseconds duration);
  void fail_step(const Error& error);

  void note_sent(const Outgoing& outgoing);
  // Not of a step.
  void note_error(const Error& error);
  [[nodiscard]] Figures take_figures();

 private:
  [[nodiscard]] Result<> judge(const Response& response);

  // Constant after construction.
  const Plan& plan_;
  // One thread at a time.
  RequestRenderer renderer_;
  Variables variables_;
  Figures figures_;
  std::size_t at_ = 0;
  bool has_failed_ = false;
};

}  // namespace partwise::load
