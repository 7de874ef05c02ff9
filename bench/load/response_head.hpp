#pragma once

// The head of a response, as far as a load generator needs it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace partwise::load {

struct ResponseHead {
  int status = 0;
  std::optional<std::uint64_t> content_length;
  bool is_chunked = false;
  bool closes = false;  // The connection ends with this response.
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.

  // nullptr if there is none; the first of several.
  [[nodiscard]] const std::string* header(std::string_view lower_case_name) const;
};

// `text` ends with its empty line. Errors: invalid_request.
[[nodiscard]] Result<ResponseHead> parse_response_head(std::string_view text);

}  // namespace partwise::load
