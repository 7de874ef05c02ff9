#include "http/buffer_pool.hpp"

#include <utility>

namespace partwise::http {

namespace {
Buffer make_buffer(std::size_t capacity) {
  return {.memory = std::make_unique_for_overwrite<std::byte[]>(capacity), .capacity = capacity};
}
}  // namespace

Buffer BufferPool::take_small() const { return make_buffer(limits_.small_buffer_bytes); }

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
  return make_buffer(limits_.large_buffer_bytes);
}

void BufferPool::give_back(Buffer buffer) {
  if (buffer.capacity != limits_.large_buffer_bytes) return;
  const std::lock_guard lock(mutex_);
  --large_in_use_;
  if (kept_.size() < limits_.large_buffers_kept_max) kept_.push_back(std::move(buffer));
}

}  // namespace partwise::http
