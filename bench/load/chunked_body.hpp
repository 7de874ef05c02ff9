#pragma once

// Takes a chunked body (RFC 9112, section 7.1) apart, in as many pieces as it arrives in.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise::load {

// A value.
class ChunkedBody {
 public:
  // Takes bytes off the front of `data` and appends content to `*out`, unless it is nullptr.
  // Returns how many were taken: all, unless the body has ended. Errors: invalid_request.
  [[nodiscard]] Result<std::size_t> feed(std::string_view data, std::string* out);

  [[nodiscard]] bool has_ended() const { return state_ == State::ended; }

 private:
  enum class State : std::uint8_t { size_line, content, content_end, trailer_line, ended };

  [[nodiscard]] Result<> take_line();

  State state_ = State::size_line;
  std::string line_;
  std::uint64_t left_ = 0;
};

}  // namespace partwise::load
