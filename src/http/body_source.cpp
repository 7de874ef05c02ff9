#include "http/body_source.hpp"

#include <algorithm>
#include <utility>

#include "http/grammar.hpp"

namespace partwise::http {

namespace {

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::invalid_request, std::move(message));
}

}  // namespace

Task<Result<>> EmptyBody::wait() { co_return Result<>{}; }

Result<Bytes> LengthBody::pull_now() {
  if (left_ == 0) return Bytes{};
  TRY(const Bytes buffered, input_.peek_bulk_now(left_));
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffered.size(), left_));
  input_.consume(count);
  left_ -= count;
  return buffered.first(count);
}

Task<Result<>> LengthBody::wait() {
  if (left_ == 0) co_return Result<>{};
  co_return co_await input_.wait();
}

Task<Result<>> ChunkedBody::wait() {
  if (state_ == State::end || failure_) co_return Result<>{};
  co_return co_await input_.wait();
}

Result<Bytes> ChunkedBody::pull_now() {
  if (failure_) return fail(*failure_);
  Result<Bytes> content = pull_checked();
  if (!content && content.error().code != ErrorCode::would_block) failure_ = content.error();
  return content;
}

Result<Bytes> ChunkedBody::pull_checked() {
  while (state_ != State::end) {
    const bool in_data = state_ == State::data;
    TRY(const Bytes buffered, in_data ? input_.peek_bulk_now(chunk_left_) : input_.peek_now());
    if (in_data) {
      const auto count =
          static_cast<std::size_t>(std::min<std::uint64_t>(buffered.size(), chunk_left_));
      input_.consume(count);
      chunk_left_ -= count;
      if (chunk_left_ == 0) state_ = State::data_cr;
      return buffered.first(count);
    }
    std::size_t used = 0;
    Result<> taken;
    while (used < buffered.size() && state_ != State::data && state_ != State::end && taken) {
      taken = take_framing_byte(static_cast<char>(buffered[used++]));
    }
    input_.consume(used);
    CHECK(std::move(taken));
  }
  return Bytes{};
}

Result<> ChunkedBody::take_framing_byte(char c) {
  ++framing_bytes_;
  switch (state_) {
    case State::size:
      return take_size_byte(c);
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
      } else if (is_control(c)) {
        return refuse("A chunk's extension may not contain control characters.");
      } else if (++extension_bytes_ > limits_.extension_bytes_max) {
        return refuse("A chunk's extension is too long.");
      }
      return {};
    case State::size_lf:
      if (c != '\n') return refuse("A chunk's size must end with CR LF.");
      return end_size_line();
    case State::data_cr:
      if (c != '\r') return refuse("A chunk is longer than its size says.");
      state_ = State::data_lf;
      return {};
    case State::data_lf:
      if (c != '\n') return refuse("A chunk must end with CR LF.");
      state_ = State::size;
      chunk_left_ = 0;
      digits_ = 0;
      extension_bytes_ = 0;
      return {};
    default:
      return take_trailer_byte(c);
  }
}

Result<> ChunkedBody::take_size_byte(char c) {
  if (const int digit = hex_digit_value(c); digit >= 0) {
    if (++digits_ > limits_.size_digits_max) return refuse("A chunk's size has too many digits.");
    chunk_left_ = chunk_left_ * 16 + static_cast<std::uint64_t>(digit);
    return {};
  }
  if (digits_ == 0 || (c != ';' && c != '\r')) {
    return refuse("A chunk must start with its size in hexadecimal.");
  }
  state_ = c == ';' ? State::extension : State::size_lf;
  return {};
}

Result<> ChunkedBody::end_size_line() {
  state_ = chunk_left_ == 0 ? State::trailer_start : State::data;
  // Saturating: one chunk may claim nearly 2^64 bytes.
  const std::uint64_t earned = std::min<std::uint64_t>(chunk_left_, kGiB) + 16;
  allowed_bytes_ += earned;
  if (framing_bytes_ > allowed_bytes_ + limits_.overhead_bytes_max) {
    return refuse("The chunks have too little content for their framing.");
  }
  return {};
}

Result<> ChunkedBody::take_trailer_byte(char c) {
  if (++trailer_bytes_ > limits_.trailer_bytes_max + 2) return refuse("The trailer is too long.");
  switch (state_) {
    case State::trailer_start:
      if (c == '\r') {
        state_ = State::last_lf;
        return {};
      }
      if (!is_token_char(c)) return refuse("The trailer is malformed.");
      state_ = State::trailer_name;
      return {};
    case State::trailer_name:
      if (c == ':') {
        state_ = State::trailer_value;
        return {};
      }
      if (!is_token_char(c)) return refuse("The trailer is malformed.");
      return {};
    case State::trailer_value:
      if (c == '\r') {
        state_ = State::trailer_lf;
        return {};
      }
      if (is_control(c)) return refuse("The trailer may not contain control characters.");
      return {};
    default:
      if (c != '\n') return refuse("Each line of the trailer must end with CR LF.");
      state_ = state_ == State::last_lf ? State::end : State::trailer_start;
      return {};
  }
}

}  // namespace partwise::http
