#pragma once

// Values as forms have them: everything is text there.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace partwise::wire {

// Any number of digits with an optional sign; one beyond 64 bits is as far out of range as the
// largest. Errors: invalid_request, param `path`.
[[nodiscard]] Result<std::int64_t> parse_integer(std::string_view text, std::string_view path);

// Errors: invalid_request, param `path`, naming the choices.
[[nodiscard]] Result<std::string> parse_choice(std::string_view text,
                                               std::span<const std::string_view> choices,
                                               std::string_view path);

// `expires_after[anchor]` and `expires_after[seconds]`: both or neither. Errors: invalid_request,
// param expires_after.anchor or expires_after.seconds.
[[nodiscard]] Result<std::optional<std::int64_t>> parse_expires_after(
    const std::optional<std::string>& anchor, const std::optional<std::string>& seconds);

}  // namespace partwise::wire
