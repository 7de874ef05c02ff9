#pragma once

// What the live service says about a value that it does not accept: `'x' is not of type 'integer' -
// 'bytes'`. `path` names the value, as `expires_after.seconds`; it becomes the error's param. All
// are invalid_request.

#include <concepts>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace partwise::wire {

// In single quotes, cut after 64 bytes.
[[nodiscard]] std::string shown_text(std::string_view text);

// `'purpose' is a required property`
[[nodiscard]] Error missing_property(std::string_view path);
// `'x' is not one of ['asc', 'desc'] - 'order'`
[[nodiscard]] Error not_one_of(std::string_view value, std::span<const std::string_view> choices,
                               std::string_view path);
// `'x' is not of type 'integer' - 'bytes'`; `shown` is the value as a message shows it.
[[nodiscard]] Error wrong_type(std::string_view shown, std::string_view type,
                               std::string_view path);
// `60 is less than the minimum of 3600 - 'expires_after.seconds'`
[[nodiscard]] Error below_minimum(std::string_view shown, std::integral auto minimum,
                                  std::string_view path);
// `9 is greater than the maximum of 8 - 'bytes'`
[[nodiscard]] Error above_maximum(std::string_view shown, std::integral auto maximum,
                                  std::string_view path);

namespace detail {
[[nodiscard]] Error out_of_range(std::string_view shown, std::string_view relation,
                                 const std::string& limit, std::string_view path);
}  // namespace detail

Error below_minimum(std::string_view shown, std::integral auto minimum, std::string_view path) {
  return detail::out_of_range(shown, "less than the minimum", std::to_string(minimum), path);
}

Error above_maximum(std::string_view shown, std::integral auto maximum, std::string_view path) {
  return detail::out_of_range(shown, "greater than the maximum", std::to_string(maximum), path);
}

}  // namespace partwise::wire
