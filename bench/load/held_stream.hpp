#pragma once

// One request that is sent no faster than it is allowed to be, on a connection that never blocks.

#include <cstdint>
#include <string>

#include "base/posix_file.hpp"
#include "base/result.hpp"
#include "load/chunked_body.hpp"
#include "load/outgoing.hpp"
#include "load/payload.hpp"
#include "load/response_head.hpp"

namespace partwise::load {

// One thread at a time. Errors of every verb: disconnected, invalid_request.
class HeldStream {
 public:
  HeldStream(Descriptor socket, Outgoing outgoing);

  [[nodiscard]] int descriptor() const { return socket_.number(); }
  // Of the whole request.
  [[nodiscard]] std::uint64_t bytes() const { return outgoing_.bytes(); }
  [[nodiscard]] std::uint64_t sent_bytes() const { return sent_; }
  [[nodiscard]] std::uint64_t head_bytes() const { return outgoing_.before.size(); }

  // Sends on up to byte `allowed` of the request, as far as the socket takes it, and not more than
  // a burst. Nothing while the socket is full.
  [[nodiscard]] Result<> send_up_to(std::uint64_t allowed, const Payload* payload);
  // Since the last time, the socket has room again.
  void note_room() { is_full_ = false; }
  [[nodiscard]] bool is_full() const { return is_full_; }
  // Takes what has arrived.
  [[nodiscard]] Result<> receive();

  // 0 until the whole answer has been received.
  [[nodiscard]] int status() const { return is_answered_ ? head_.status : 0; }

 private:
  [[nodiscard]] Result<ssize_t> send_once(std::uint64_t allowed, const Payload* payload);
  [[nodiscard]] Result<> take(std::string_view bytes);

  // Constant after construction.
  const Descriptor socket_;
  const Outgoing outgoing_;
  // One thread at a time.
  std::uint64_t sent_ = 0;
  bool is_full_ = false;
  std::string head_text_;
  ResponseHead head_;
  ChunkedBody chunked_body_;
  std::uint64_t body_bytes_ = 0;
  bool has_head_ = false;
  bool is_answered_ = false;
};

}  // namespace partwise::load
