#include "http/connection_input.hpp"

#include <cstring>
#include <utility>

namespace partwise::http {

ConnectionInput::ConnectionInput(Connection& connection, BufferPool& pool)
    : connection_(connection), pool_(pool) {}

ConnectionInput::~ConnectionInput() { pool_.give_back(std::move(buffer_)); }

Result<Bytes> ConnectionInput::peek_now() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
    grow_if_bulk();
    CHECK(receive_behind());
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

Task<Result<>> ConnectionInput::wait() { co_return co_await connection_.wait_readable(); }

void ConnectionInput::release_if_empty() {
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  filled_ = false;
  pool_.give_back(std::exchange(buffer_, {}));
}

Result<> ConnectionInput::receive_behind() {
  if (!buffer_) buffer_ = pool_.take_small();
  TRY(const std::size_t count, connection_.read_now(buffer_.bytes().subspan(end_)));
  if (count == 0) return fail(ErrorCode::disconnected, "The client closed the connection.");
  end_ += count;
  received_bytes_ += count;
  filled_ = end_ == buffer_.capacity;
  return {};
}

void ConnectionInput::grow_if_bulk() {
  if (!filled_) return;
  filled_ = false;
  Buffer large = pool_.take_large();
  if (!large) return;
  pool_.give_back(std::exchange(buffer_, std::move(large)));
}

}  // namespace partwise::http
