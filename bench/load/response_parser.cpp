#include "load/response_parser.hpp"

#include <algorithm>

namespace partwise::load {

namespace {

constexpr std::size_t kHeadBytesMax = 64 * 1024;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

}  // namespace

void ResponseParser::begin(std::string_view method, bool keep_body) {
  state_ = State::head;
  is_to_head_ = method == "HEAD";
  keeps_body_ = keep_body;
  head_text_.clear();
  response_.body.clear();
}

Result<std::size_t> ResponseParser::feed(std::string_view data) {
  std::size_t taken = 0;
  while (taken < data.size() && state_ != State::complete) {
    const std::string_view rest = data.substr(taken);
    std::size_t count = 0;
    if (state_ == State::head) {
      TRY(count, feed_head(rest));
    } else {
      TRY(count, feed_body(rest));
    }
    taken += count;
  }
  return taken;
}

Result<std::size_t> ResponseParser::feed_head(std::string_view data) {
  const std::size_t before = head_text_.size();
  std::string_view text = data;
  if (before > 0) {
    head_text_ += data;
    text = head_text_;
  }
  const std::size_t end = text.find(kHeadEnd);
  if (end == std::string_view::npos) {
    if (text.size() > kHeadBytesMax) {
      return fail(ErrorCode::invalid_request, "A response's head is too long.");
    }
    if (before == 0) head_text_ = data;
    return data.size();
  }
  const std::size_t bytes = end + kHeadEnd.size();
  TRY(response_.head, parse_response_head(text.substr(0, bytes)));
  head_text_.clear();
  state_ = state_after_head();
  return bytes - before;
}

ResponseParser::State ResponseParser::state_after_head() {
  const ResponseHead& head = response_.head;
  if (head.status < 200) return State::head;
  if (is_to_head_ || head.status == 204 || head.status == 304) return State::complete;
  // A refusal explains itself.
  keeps_body_ = keeps_body_ || head.status >= 400;
  if (head.is_chunked) {
    chunked_body_ = {};
    return State::chunked;
  }
  if (head.content_length) {
    left_ = *head.content_length;
    return left_ == 0 ? State::complete : State::sized;
  }
  response_.head.closes = true;
  return State::to_end;
}

Result<std::size_t> ResponseParser::feed_body(std::string_view data) {
  std::string* const out = keeps_body_ ? &response_.body : nullptr;
  if (state_ == State::chunked) {
    TRY(const auto taken, chunked_body_.feed(data, out));
    if (chunked_body_.has_ended()) state_ = State::complete;
    return taken;
  }
  if (state_ == State::sized) {
    data = data.substr(0, left_);
    left_ -= data.size();
    if (left_ == 0) state_ = State::complete;
  }
  if (out != nullptr) out->append(data);
  return data.size();
}

Result<> ResponseParser::end() {
  if (state_ == State::to_end) state_ = State::complete;
  if (state_ == State::complete) return {};
  if (state_ == State::head && head_text_.empty()) {
    return fail(ErrorCode::disconnected, "The server closed the connection without an answer.");
  }
  return fail(ErrorCode::disconnected, "A response was cut off.");
}

std::uint64_t ResponseParser::droppable_bytes() const {
  return state_ == State::sized && !keeps_body_ ? left_ : 0;
}

void ResponseParser::note_dropped(std::uint64_t count) {
  left_ -= count;
  if (left_ == 0) state_ = State::complete;
}

}  // namespace partwise::load
