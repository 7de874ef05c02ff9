#pragma once

// What a connection has sent and nobody has consumed yet. Owns the receive buffer: none while idle,
// a small one for heads, and a large one from the pool once a body proves to be bulk.

#include <cstdint>

#include "base/bytes.hpp"
#include "base/task.hpp"

namespace partwise::http {

// An interface, so that the parsers of bodies can be tested on scripted input.
class Input {
 public:
  virtual ~Input() = default;

  // The bytes that are buffered and not consumed; receives more if there are none. Never empty.
  // Any thread, one at a time. Errors: would_block; disconnected (also for an early end of the
  // stream).
  [[nodiscard]] virtual Result<Bytes> peek_now() = 0;
  // The same for a body that has `wanted` more bytes: collects as many of them as come without a
  // long wait, so that what follows is done for large pieces.
  [[nodiscard]] virtual Result<Bytes> peek_bulk_now(std::uint64_t /*wanted*/) { return peek_now(); }

  // The first `count` bytes of what peek_now gave are done with. The memory stays valid until the
  // next peek or wait: who waits may have lent it.
  virtual void consume(std::size_t count) = 0;
  // Until peek_now may have something. On the loop. Errors: timed_out, disconnected, cut.
  [[nodiscard]] virtual Task<Result<>> wait() = 0;
};

}  // namespace partwise::http
