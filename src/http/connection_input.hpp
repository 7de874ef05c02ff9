#pragma once

// The receive side of one connection: its buffer, and what of it nobody has consumed yet.

#include <cstdint>
#include <thread>

#include "http/buffer_pool.hpp"
#include "http/connection.hpp"
#include "http/input.hpp"

namespace partwise::http {

class ConnectionInput final : public Input {
 public:
  // Made on the loop's thread.
  ConnectionInput(Connection& connection, BufferPool& pool);
  ~ConnectionInput() override;
  ConnectionInput(const ConnectionInput&) = delete;
  ConnectionInput& operator=(const ConnectionInput&) = delete;

  [[nodiscard]] Result<Bytes> peek_now() override;
  [[nodiscard]] Result<Bytes> peek_bulk_now(std::uint64_t wanted) override;
  void consume(std::size_t count) override;
  [[nodiscard]] Task<Result<>> wait() override;

  // Everything buffered, with more received behind it: for heads, which are parsed as a whole.
  // Errors as peek_now; too_large when the small buffer is full.
  [[nodiscard]] Result<Bytes> peek_more_now();
  [[nodiscard]] Bytes buffered_bytes() const {
    return buffer_.bytes().subspan(begin_, end_ - begin_);
  }
  [[nodiscard]] std::size_t buffered() const { return end_ - begin_; }
  // Received since construction.
  [[nodiscard]] std::uint64_t received_bytes() const { return received_bytes_; }
  // Between two requests: gives the buffer back where nothing is in it, since idle connections own
  // none, and a large one in exchange for a small one where that holds what is left.
  void release_spare();

 private:
  [[nodiscard]] Result<> receive_behind();
  void grow_if_bulk();
  // Others may use the large buffer while this stream waits. One that goes on as fast gets one
  // again.
  void lend_large_buffer();
  // Receives behind what is buffered, and where nothing is there yet lingers for it, if that is
  // worth a worker's while.
  [[nodiscard]] Result<> receive_patiently();
  [[nodiscard]] bool has_large_buffer() const { return buffer_.capacity > pool_.small_bytes(); }
  [[nodiscard]] bool on_worker() const { return std::this_thread::get_id() != loop_thread_; }

  Connection& connection_;
  BufferPool& pool_;
  const std::thread::id loop_thread_;
  // Touched by the Task that reads, on whatever thread it is.
  Buffer buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool is_bulk_ = false;  // The next buffer is a large one.
  std::uint64_t received_bytes_ = 0;
  std::uint64_t waited_at_ = 0;    // Of received_bytes_: where the loop waited last.
  bool is_watched_ = true;         // The loop is told of what arrives.
  std::uint64_t lingered_at_ = 0;  // Of received_bytes_: where the last wait, of any kind, was.
};

}  // namespace partwise::http
