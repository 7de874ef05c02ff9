#include "api/form_length.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace partwise::api {

Result<> check_form_length(const http::RequestHead& head, std::uint64_t content_bytes_max,
                           const ApiLimits& limits, std::string_view field) {
  if (head.framing != http::Framing::length) return {};
  if (head.content_length <= content_bytes_max + limits.form_overhead_bytes_max) return {};
  return fail(ErrorCode::too_large,
              fmt::format("The request has {} bytes, but '{}' may have at most {} bytes. Send a "
                          "large file in parts.",
                          head.content_length, field, content_bytes_max),
              std::string(field));
}

std::uint64_t content_bytes_min(const http::RequestHead& head, const ApiLimits& limits) {
  if (head.framing != http::Framing::length) return 0;
  return head.content_length - std::min(head.content_length, limits.form_overhead_bytes_max);
}

}  // namespace partwise::api
