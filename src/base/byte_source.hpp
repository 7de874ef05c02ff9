#pragma once

// Content that arrives: the body of a request, or one field of a form. A source gives what is there
// without waiting, so that a whole burst (receive, parse, hash, write) runs on a worker thread
// while the bytes are hot, and the loop is only asked to wait.

#include "base/bytes.hpp"
#include "base/task.hpp"

namespace partwise {

// Used by one Task at a time; `pull_now` may be called on any thread, `wait` only on the Task's
// executor.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // The next piece of content, valid until the next call of either verb; empty at the end, then and
  // for ever. Errors: would_block (call `wait`, then again); every other error is final.
  [[nodiscard]] virtual Result<Bytes> pull_now() = 0;

  // Returns when `pull_now` may have something to say. Errors: timed_out, disconnected, cut.
  [[nodiscard]] virtual Task<Result<>> wait() = 0;
};

}  // namespace partwise
