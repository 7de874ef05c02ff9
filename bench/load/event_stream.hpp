#pragma once

// One request after the other on a connection that never blocks. How fast a request is sent may be
// limited.

#include <cstdint>
#include <string_view>

#include "base/posix_file.hpp"
#include "base/result.hpp"
#include "load/outgoing.hpp"
#include "load/payload.hpp"
#include "load/response_parser.hpp"

namespace partwise::load {

// One thread at a time. Errors of every verb: disconnected, invalid_request.
class EventStream {
 public:
  // `socket` does not block.
  explicit EventStream(Descriptor socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int descriptor() const { return socket_.number(); }

  // What `outgoing()` holds by now is the next request. Nothing is sent yet.
  void begin(std::string_view method, bool keep_body);
  [[nodiscard]] Outgoing& outgoing() { return outgoing_; }
  [[nodiscard]] const Outgoing& outgoing() const { return outgoing_; }

  // Sends on up to byte `allowed` of the request, as far as the socket takes it, and not more than
  // a burst. Nothing while the socket is full.
  [[nodiscard]] Result<> send_up_to(std::uint64_t allowed, const Payload* payload);
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_; }
  // The socket has room again.
  void note_room() { is_full_ = false; }
  [[nodiscard]] bool is_full() const { return is_full_; }

  // Takes what has arrived of the answer; also where it has been complete before. `scratch` is
  // overwritten.
  [[nodiscard]] Result<> receive(MutableBytes scratch);
  [[nodiscard]] bool is_answered() const { return parser_.is_complete() && sent_ > 0; }
  [[nodiscard]] const Response& response() const { return parser_.response(); }
  // Since construction.
  [[nodiscard]] std::uint64_t received_bytes() const { return received_bytes_; }

 private:
  [[nodiscard]] Result<ssize_t> send_once(std::uint64_t allowed, const Payload* payload);
  [[nodiscard]] Result<> take(std::string_view bytes);

  // Constant after construction.
  const Descriptor socket_;
  // One thread at a time.
  Outgoing outgoing_;
  std::uint64_t sent_ = 0;
  bool is_full_ = false;
  ResponseParser parser_;
  std::uint64_t received_bytes_ = 0;
};

}  // namespace partwise::load
