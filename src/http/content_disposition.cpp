#include "http/content_disposition.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "http/grammar.hpp"
#include "http/header_parameters.hpp"
#include "http/request.hpp"

namespace partwise::http {

namespace {

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::invalid_request, std::move(message));
}

// Exactly the three escapes of the WHATWG form encoding: every other percent sign is itself.
std::string undo_browser_escapes(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEscapes{
      {{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}, {"%0d", '\r'}, {"%0a", '\n'}}};
  std::string out;
  while (!text.empty()) {
    char c = text.front();
    std::size_t used = 1;
    for (const auto& [escape, meaning] : kEscapes) {
      if (!text.starts_with(escape)) continue;
      c = meaning;
      used = escape.size();
    }
    out.push_back(c);
    text.remove_prefix(used);
  }
  return out;
}

std::string utf8_from_latin1(std::string_view text) {
  std::string out;
  for (char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xC0U | (value >> 6U)));
      out.push_back(static_cast<char>(0x80U | (value & 0x3FU)));
    }
  }
  return out;
}

// RFC 8187: charset ' [language] ' percent-encoded.
Result<std::string> decode_extended(std::string_view text) {
  if (std::count(text.begin(), text.end(), '\'') < 2) {
    return refuse("An extended parameter must be written as UTF-8''value.");
  }
  const std::string_view charset = cut_front(text, '\'');
  (void)cut_front(text, '\'');  // The language means nothing to us.
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
    if (text.size() - i < 3 || hex_digit_value(text[i + 1]) < 0 ||
        hex_digit_value(text[i + 2]) < 0) {
      return refuse("An extended parameter has a malformed percent-encoding.");
    }
  }
  std::string value = percent_decode(text);
  if (equal_ignoring_case(charset, "utf-8")) return value;
  if (equal_ignoring_case(charset, "iso-8859-1")) return utf8_from_latin1(value);
  return refuse("An extended parameter must be in UTF-8 or ISO-8859-1.");
}

// Both spellings of one parameter.
struct Spellings {
  std::optional<std::string> plain;
  std::optional<std::string> extended;

  Result<> take(bool is_extended, std::string value) {
    auto& slot = is_extended ? extended : plain;
    if (slot) return refuse("A parameter of Content-Disposition is repeated.");
    slot = std::move(value);
    return {};
  }
  std::optional<std::string> best() && { return extended ? std::move(extended) : std::move(plain); }
};

// attr-char of RFC 8187.
bool needs_no_encoding(char c) { return is_token_char(c) && c != '*' && c != '\'' && c != '%'; }

bool is_unsafe_in_names(char c) { return is_control(c) || c == '\t' || c == '/' || c == '\\'; }

}  // namespace

Result<ContentDisposition> parse_content_disposition(std::string_view value) {
  HeaderParameters parameters(value);
  ContentDisposition disposition;
  for (char c : parameters.front()) {
    disposition.type.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
  }
  if (!is_token(disposition.type)) return refuse("A Content-Disposition must start with its type.");
  Spellings name;
  Spellings filename;
  for (;;) {
    TRY(auto parameter, parameters.next());
    if (!parameter) break;
    std::string_view key = parameter->name;
    const bool extended = key.ends_with('*');
    if (extended) key.remove_suffix(1);
    const bool is_name = equal_ignoring_case(key, "name");
    if (!is_name && !equal_ignoring_case(key, "filename")) continue;
    std::string text;
    if (extended) {
      TRY(text, decode_extended(parameter->value));
    } else {
      text = undo_browser_escapes(parameter->value);
    }
    CHECK((is_name ? name : filename).take(extended, std::move(text)));
  }
  disposition.name = std::move(name).best();
  disposition.filename = std::move(filename).best();
  return disposition;
}

std::string attachment_disposition(std::string_view filename) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string fallback;
  std::string encoded;
  for (char c : filename) {
    const auto value = static_cast<unsigned char>(c);
    const char safe = is_unsafe_in_names(c) ? '_' : c;
    if (value < 0x80) {
      // A percent sign would make some clients decode what follows it.
      fallback.push_back(safe == '"' || safe == '%' ? '_' : safe);
    } else if (value >= 0xC0) {
      fallback.push_back('_');  // One for each code point, not for each byte.
    }
    if (needs_no_encoding(safe)) {
      encoded.push_back(safe);
    } else {
      encoded += {'%', kHex[value >> 4U], kHex[value & 15U]};
    }
  }
  return "attachment; filename=\"" + fallback + "\"; filename*=UTF-8''" + encoded;
}

}  // namespace partwise::http
