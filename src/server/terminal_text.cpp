#include "server/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "wire/utf8.hpp"

namespace partwise {

namespace {

bool is_plain(char c) { return c >= 0x20 && c < 0x7f; }

}  // namespace

std::string terminal_text(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto plain =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
    shown += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = wire::utf8_sequence_length(text);
    if (length <= 1) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
      text.remove_prefix(1);
      continue;
    }
    const std::string_view sequence = text.substr(0, length);
    const char32_t c = wire::code_point_of(sequence);
    if (wire::steers_display(c)) {
      shown += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c));
    } else {
      shown += sequence;
    }
    text.remove_prefix(length);
  }
  return shown;
}

}  // namespace partwise
