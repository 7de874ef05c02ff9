#pragma once

// Untrusted text on its way to a terminal or a log: names of files, of keys, paths of requests.

#include <string>
#include <string_view>

namespace partwise {

// Whatever a terminal would act on is escaped: bytes that are no UTF-8 and control characters of
// ASCII as \xNN, the rest of what wire::steers_display names as \u{N}. So no text forges a line,
// moves the cursor or turns what follows around.
[[nodiscard]] std::string terminal_text(std::string_view text);

}  // namespace partwise
