#include "http/connection_input.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace partwise::http {

namespace {

// A stream that has brought this much since it was waited for last brings more in a moment: a
// worker waits for that instead of going back to the loop. One that brings less, which is less than
// 64 MB/s, occupies no worker.
constexpr std::uint64_t kLingerBytes = 64 * kKiB;
constexpr std::chrono::milliseconds kLinger{1};
// What is left of a buffer below this is not worth a call.
constexpr std::size_t kWorthReceivingBytes = 64 * kKiB;
// A stream that has brought this much without a wait of the loop is not watched by it any more.
constexpr std::uint64_t kUnwatchBytes = 512 * kKiB;

}  // namespace

ConnectionInput::ConnectionInput(Connection& connection, BufferPool& pool)
    : connection_(connection), pool_(pool), loop_thread_(std::this_thread::get_id()) {}

ConnectionInput::~ConnectionInput() { pool_.give_back(std::move(buffer_)); }

Result<Bytes> ConnectionInput::peek_now() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    grow_if_bulk();
    CHECK(receive_patiently());
  }
  return buffer_.bytes().subspan(begin_, end_ - begin_);
}

Result<Bytes> ConnectionInput::peek_more_now() {
  if (begin_ > 0) {
    std::memmove(buffer_.memory.get(), buffer_.memory.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_ && end_ == buffer_.capacity) {
    return fail(ErrorCode::too_large, "The request's headers are too large.", "headers");
  }
  CHECK(receive_behind());
  return buffer_.bytes().subspan(begin_, end_ - begin_);
}

void ConnectionInput::consume(std::size_t count) { begin_ += count; }

Result<Bytes> ConnectionInput::peek_bulk_now(std::uint64_t wanted) {
  CHECK(peek_now());
  const bool is_bulk = has_large_buffer() && on_worker();
  while (is_bulk && buffered() < wanted && buffer_.capacity - end_ >= kWorthReceivingBytes) {
    if (!receive_patiently()) break;  // What was received comes first; the next call says it again.
  }
  const bool is_fast = is_bulk && received_bytes_ - waited_at_ >= kUnwatchBytes;
  if (is_fast && std::exchange(is_watched_, false)) connection_.unwatch();
  return buffered_bytes();
}

Result<> ConnectionInput::receive_patiently() {
  auto received = receive_behind();
  const bool is_worth_it = received_bytes_ - lingered_at_ >= kLingerBytes && on_worker();
  if (received || received.error().code != ErrorCode::would_block || !is_worth_it) return received;
  lingered_at_ = received_bytes_;
  connection_.linger(kLinger);
  return receive_behind();
}

Task<Result<>> ConnectionInput::wait() {
  lend_large_buffer();
  lingered_at_ = waited_at_ = received_bytes_;
  is_watched_ = true;
  co_return co_await connection_.wait_readable();
}

void ConnectionInput::release_spare() {
  if (buffered() > 0 && (!has_large_buffer() || buffered() > pool_.small_bytes())) return;
  is_bulk_ = false;
  Buffer small;
  if (buffered() > 0) {
    small = pool_.take_small();
    std::ranges::copy(buffered_bytes(), small.memory.get());
  }
  end_ = buffered();
  begin_ = 0;
  pool_.give_back(std::exchange(buffer_, std::move(small)));
}

Result<> ConnectionInput::receive_behind() {
  if (!buffer_) buffer_ = pool_.take_small();
  TRY(const std::size_t count, connection_.read_now(buffer_.bytes().subspan(end_)));
  if (count == 0) return fail(ErrorCode::disconnected, "The client closed the connection.");
  end_ += count;
  received_bytes_ += count;
  is_bulk_ = end_ == buffer_.capacity;
  return {};
}

void ConnectionInput::grow_if_bulk() {
  if (!is_bulk_ || has_large_buffer()) return;
  is_bulk_ = false;
  Buffer large = pool_.take_large();
  if (!large) return;
  pool_.give_back(std::exchange(buffer_, std::move(large)));
}

void ConnectionInput::lend_large_buffer() {
  if (begin_ != end_ || !has_large_buffer()) return;
  begin_ = end_ = 0;
  is_bulk_ = received_bytes_ - waited_at_ >= pool_.small_bytes();
  pool_.give_back(std::exchange(buffer_, {}));
}

}  // namespace partwise::http
