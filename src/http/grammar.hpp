#pragma once

// The character classes and small comparisons that all of HTTP's grammar is made of (RFC 9110,
// section 5.6).

#include <string_view>

namespace partwise::http {

// One character of a token: a method, a header's name, a parameter's name.
[[nodiscard]] bool is_token_char(char c);
// Not empty, and of token characters only.
[[nodiscard]] bool is_token(std::string_view text);
// A control character other than the horizontal tab.
[[nodiscard]] bool is_control(char c);
[[nodiscard]] bool has_control(std::string_view text);

// Equal but for the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
// Without the spaces and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
// The value of one hexadecimal digit in any case, or -1.
[[nodiscard]] int hex_digit_value(char c);

// Cuts the text up to `separator` off the front of `rest`, and the separator with it: "a,b" gives
// "a" and leaves "b". Without a separator, all of it.
[[nodiscard]] std::string_view cut_front(std::string_view& rest, char separator);

}  // namespace partwise::http
