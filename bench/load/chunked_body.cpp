#include "load/chunked_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace partwise::load {

namespace {

constexpr std::size_t kLineBytesMax = 4096;

}  // namespace

Result<> ChunkedBody::take_line() {
  if (line_.ends_with('\r')) line_.pop_back();
  switch (state_) {
    case State::size_line: {
      const auto [end, outcome] =
          std::from_chars(line_.data(), line_.data() + line_.size(), left_, 16);
      if (outcome != std::errc{}) {
        return fail(ErrorCode::invalid_request, fmt::format("A chunk has the size '{}'.", line_));
      }
      (void)end;  // Extensions of the chunk follow, and mean nothing.
      state_ = left_ == 0 ? State::trailer_line : State::content;
      break;
    }
    case State::trailer_line:
      if (line_.empty()) state_ = State::ended;
      break;
    case State::content_end:
      state_ = State::size_line;
      break;
    case State::content:
    case State::ended:
      break;
  }
  line_.clear();
  return {};
}

Result<std::size_t> ChunkedBody::feed(std::string_view data, std::string* out) {
  std::size_t at = 0;
  while (at < data.size() && state_ != State::ended) {
    if (state_ == State::content) {
      const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size() - at));
      if (out != nullptr) out->append(data.substr(at, taken));
      at += taken;
      left_ -= taken;
      if (left_ == 0) state_ = State::content_end;
      continue;
    }
    const char c = data[at++];
    if (c == '\n') {
      CHECK(take_line());
    } else if (line_.size() < kLineBytesMax) {
      line_ += c;
    } else {
      return fail(ErrorCode::invalid_request, "A chunk's line is too long.");
    }
  }
  return at;
}

}  // namespace partwise::load
