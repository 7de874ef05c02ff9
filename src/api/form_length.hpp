#pragma once

// What can be said about the size of a form before it is read.

#include <cstdint>
#include <string_view>

#include "api/limits.hpp"
#include "base/result.hpp"
#include "http/request.hpp"

namespace partwise::api {

// A form whose content is at most `content_bytes_max` bytes of the field `field`. Errors:
// too_large, where the declared length leaves no doubt.
[[nodiscard]] Result<> check_form_length(const http::RequestHead& head,
                                         std::uint64_t content_bytes_max, const ApiLimits& limits,
                                         std::string_view field);

// What the content of a form has at least, as far as its declared length tells.
[[nodiscard]] std::uint64_t content_bytes_min(const http::RequestHead& head,
                                              const ApiLimits& limits);

}  // namespace partwise::api
