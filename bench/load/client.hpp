#pragma once

// One connection of a run: sends the requests of an iteration one after the other and reads their
// answers. It connects again after whatever went wrong.

#include <cstdint>
#include <memory>

#include "load/channel.hpp"
#include "load/figures.hpp"
#include "load/outgoing.hpp"
#include "load/payload.hpp"
#include "load/plan.hpp"
#include "load/response_reader.hpp"

namespace partwise::load {

// One thread at a time.
class Client {
 public:
  // `plan` and `payload`, which may be nullptr where no step sends one, outlive this.
  Client(const Plan& plan, const Payload* payload, std::uint64_t number);

  // Does nothing where it is connected. Errors: disconnected, timed_out, io_failure.
  [[nodiscard]] Result<> connect();
  // False, and the figures say why, if a step failed; the later ones were left out.
  [[nodiscard]] bool run_iteration(std::uint64_t number);

  void note_error(const Error& error);
  [[nodiscard]] Figures take_figures();

 private:
  [[nodiscard]] Result<> run_step(const Step& step, StepFigures& figures);
  [[nodiscard]] Result<Response> exchange(const Step& step, const Outgoing& outgoing);
  [[nodiscard]] Result<> capture(const Step& step, const Response& response);

  // Constant after construction.
  const Plan& plan_;
  const Payload* const payload_;
  // One thread at a time.
  RequestRenderer renderer_;
  Variables variables_;
  ResponseReader reader_;
  std::unique_ptr<Channel> channel_;
  Figures figures_;
  std::uint64_t received_before_ = 0;
};

}  // namespace partwise::load
