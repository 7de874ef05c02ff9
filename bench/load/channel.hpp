#pragma once

// The seam to one connection of the generator: blocking, with or without TLS.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/posix_file.hpp"
#include "base/result.hpp"
#include "load/outgoing.hpp"
#include "load/payload.hpp"

namespace partwise::load {

// One thread at a time. Errors of every verb: disconnected, timed_out, io_failure.
class Channel {
 public:
  virtual ~Channel() = default;

  // All of it. `payload` is nullptr only if the range is empty.
  [[nodiscard]] virtual Result<> send(const Outgoing& outgoing, const Payload* payload) = 0;
  // At least one byte; 0 where the peer has closed.
  [[nodiscard]] virtual Result<std::size_t> receive(MutableBytes out) = 0;
  // The same for 1 to `count` bytes that nobody wants to see.
  [[nodiscard]] virtual Result<std::size_t> discard(std::uint64_t count) = 0;
};

// A connected socket of the address, with Nagle's algorithm off. Names are resolved.
[[nodiscard]] Result<Descriptor> connect_to(const std::string& host, std::uint16_t port,
                                            std::chrono::seconds timeout);

[[nodiscard]] std::unique_ptr<Channel> make_plain_channel(Descriptor socket);
// Shakes hands. Certificates are not verified: servers under test have self-signed ones.
[[nodiscard]] Result<std::unique_ptr<Channel>> make_tls_channel(Descriptor socket);

// The Error of a failed call on a socket.
[[nodiscard]] std::unexpected<Error> fail_with_socket_errno(int errno_value, std::string_view verb);

}  // namespace partwise::load
