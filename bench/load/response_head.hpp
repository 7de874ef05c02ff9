#pragma once

// The head of a response, as far as a load generator needs it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise::load {

struct ResponseHead {
  int status = 0;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool closes = false;  // The connection ends with this response.
  std::string text;     // With its empty line.

  // The first value of this name, in any case; nullopt if there is none.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// `text` ends with its empty line. Errors: invalid_request.
[[nodiscard]] Result<ResponseHead> parse_response_head(std::string_view text);

}  // namespace partwise::load
