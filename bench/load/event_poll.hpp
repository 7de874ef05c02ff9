#pragma once

// epoll, by edges: what has been reported is not reported again before something changes.

#include <array>
#include <cstdint>
#include <span>

#include "base/posix_file.hpp"
#include "base/result.hpp"

namespace partwise::load {

// One thread at a time.
class EventPoll {
 public:
  struct Ready {
    std::size_t number = 0;
    bool is_readable = false;  // Or broken, or closed.
    bool is_writable = false;
  };

  static constexpr std::size_t kReadyMax = 256;

  EventPoll();

  // Makes the socket non-blocking and reports it by this number until it is closed. Errors:
  // disconnected.
  [[nodiscard]] Result<> watch(const Descriptor& socket, std::size_t number);
  // Empty after the timeout, or a signal. Valid until the next call.
  [[nodiscard]] std::span<const Ready> wait(int timeout_ms);

 private:
  // Constant after construction.
  const Descriptor epoll_;
  // One thread at a time.
  std::array<Ready, kReadyMax> ready_{};
};

}  // namespace partwise::load
