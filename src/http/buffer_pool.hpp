#pragma once

// Receive buffers of two sizes. The large ones are bounded in number; of the small ones a
// connection has one at most. Thread-safe.

#include <cstddef>
#include <mutex>
#include <vector>

#include "base/bytes.hpp"
#include "base/posix_memory.hpp"
#include "http/limits.hpp"

namespace partwise::http {

struct Buffer {
  Memory memory;
  std::size_t capacity = 0;
  [[nodiscard]] MutableBytes bytes() const { return {memory.get(), capacity}; }
  explicit operator bool() const { return memory != nullptr; }
};

class BufferPool {
 public:
  explicit BufferPool(const HttpLimits& limits);

  [[nodiscard]] Buffer take_small();
  [[nodiscard]] std::size_t small_bytes() const { return limits_.small_buffer_bytes; }
  // Empty when all large buffers are in use: the caller goes on with what it has.
  [[nodiscard]] Buffer take_large();
  void give_back(Buffer buffer);

 private:
  // Under mutex_.
  [[nodiscard]] static Buffer take_last(std::vector<Buffer>& kept);

  // Constant after construction.
  const HttpLimits limits_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<Buffer> small_kept_;
  std::vector<Buffer> large_kept_;
  std::size_t large_in_use_ = 0;
};

}  // namespace partwise::http
