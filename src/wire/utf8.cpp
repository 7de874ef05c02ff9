#include "wire/utf8.hpp"

namespace partwise::wire {

namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// What the second byte may be narrows after some first bytes: that excludes overlong forms,
// surrogates and what lies above U+10FFFF.
bool may_follow(unsigned char first, char second) {
  const auto byte = static_cast<unsigned char>(second);
  if (first == 0xE0) return byte >= 0xA0 && byte <= 0xBF;
  if (first == 0xED) return byte >= 0x80 && byte <= 0x9F;
  if (first == 0xF0) return byte >= 0x90 && byte <= 0xBF;
  if (first == 0xF4) return byte >= 0x80 && byte <= 0x8F;
  return is_continuation(second);
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  if (first >= 0xC2 && first <= 0xDF) length = 2;
  if (first >= 0xE0 && first <= 0xEF) length = 3;
  if (first >= 0xF0 && first <= 0xF4) length = 4;
  if (length == 0 || text.size() < length || !may_follow(first, text[1])) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(text[i])) return 0;
  }
  return length;
}

char32_t code_point_of(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return first;
  char32_t c = first & (0x7FU >> sequence.size());
  for (const char next : sequence.substr(1)) {
    c = (c << 6U) | (static_cast<unsigned char>(next) & 0x3FU);
  }
  return c;
}

bool steers_display(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && is_continuation(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace partwise::wire
