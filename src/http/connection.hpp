#pragma once

// The seam to the network: TCP, TLS, and the simulated client. No other file calls the socket API.
// Transfers never block and may run on any thread, one at a time; waiting belongs to the loop.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/task.hpp"

namespace partwise::http {

class Connection {
 public:
  virtual ~Connection() = default;

  // What the transport has to agree on with its peer before the first transfer, under the deadline;
  // nothing where that is nothing. Once, on the loop. Errors: timed_out, disconnected, cut;
  // invalid_request where the peer does not speak the protocol, with the reason for the log.
  [[nodiscard]] virtual Task<Result<>> open() = 0;

  // Transfers what can be transferred at once. Errors: would_block; disconnected. read_now returns
  // 0 at the end of the stream, and the error cut while the connection is interrupted.
  // send_file_now also has io_failure: the file, and not the peer, is at fault.
  [[nodiscard]] virtual Result<std::size_t> read_now(MutableBytes out) = 0;
  // A write that would block is repeated with the same bytes, or was the last: a part of them may
  // be on its way.
  [[nodiscard]] virtual Result<std::size_t> write_now(Bytes bytes) = 0;
  [[nodiscard]] virtual Result<std::size_t> send_file_now(File& file, std::uint64_t offset,
                                                          std::size_t bytes) = 0;

  // Blocks this thread, which is a worker's, until something can be read or `at_most` has passed:
  // cheaper than a way over the loop where bytes come without end. May return early, for no reason.
  virtual void linger(std::chrono::milliseconds at_most) = 0;

  // A worker reads what comes without end: until the next wait the loop is told of none of it. It
  // would be woken for each piece that arrives. On any thread.
  virtual void unwatch() = 0;

  // Whether send_file_now works here: not under TLS.
  [[nodiscard]] virtual bool can_send_file() const = 0;

  // On the loop. Errors: timed_out (the deadline passed), disconnected, cut (interrupted).
  [[nodiscard]] virtual Task<Result<>> wait_readable() = 0;
  [[nodiscard]] virtual Task<Result<>> wait_writable() = 0;

  // For the waits from now on; none: wait for ever. On the loop.
  virtual void set_deadline(std::optional<MonotonicTime> deadline) = 0;

  // Ends the wait that is under way, and fails every later one, and every read, with cut until
  // `resume`: a stream whose bytes never run out is cut as well. On the loop.
  virtual void interrupt() = 0;
  virtual void resume() = 0;

  // Sends the end of our stream; reading goes on. On the loop, and not beside a transfer.
  virtual void shutdown_send() = 0;
  // Ends both directions at once: a write that is under way fails. On the loop.
  virtual void abort() = 0;

  // Whether the peer has ended its direction, or the connection: nobody waits for an answer that
  // takes long. Bytes that nobody has read yet do not hide it. On any thread.
  [[nodiscard]] virtual bool peer_has_ended() const = 0;

  // `address:port` of the peer, for the log.
  [[nodiscard]] virtual std::string peer() const = 0;
};

}  // namespace partwise::http
