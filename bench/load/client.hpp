#pragma once

// One connection of a run that has a thread to itself. It connects again after whatever went wrong.

#include <cstdint>
#include <memory>

#include "load/channel.hpp"
#include "load/payload.hpp"
#include "load/response_reader.hpp"
#include "load/script.hpp"

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

  void note_error(const Error& error) { script_.note_error(error); }
  [[nodiscard]] Figures take_figures();

 private:
  void run_step();
  [[nodiscard]] Result<Response*> exchange();

  // Constant after construction.
  const Plan& plan_;
  const Payload* const payload_;
  // One thread at a time.
  Script script_;
  Outgoing outgoing_;
  ResponseReader reader_;
  std::unique_ptr<Channel> channel_;
  std::uint64_t received_before_ = 0;
};

}  // namespace partwise::load
