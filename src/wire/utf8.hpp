#pragma once

// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <string_view>

namespace partwise::wire {

// The length of the well-formed sequence that `text` starts with, 1 to 4; 0 if there is none.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text);

// The code point of one well-formed sequence.
[[nodiscard]] char32_t code_point_of(std::string_view sequence);

// Whether whoever shows it would act on it, or be deceived: control characters (C0, DEL, C1), line
// separators, and what turns the direction of a text around. All are below U+10000.
[[nodiscard]] bool steers_display(char32_t c);

[[nodiscard]] bool is_utf8(std::string_view text);

// The longest prefix of at most `bytes_max` bytes that does not end inside a sequence.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace partwise::wire
