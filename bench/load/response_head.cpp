#include "load/response_head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace partwise::load {

namespace {

char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(char a, char b) { return lower_case(a) == lower_case(b); }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, same_letters);
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return !std::ranges::search(text, part, same_letters).empty();
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, outcome] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (outcome != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view cut_line(std::string_view& text) {
  const std::size_t end = text.find("\r\n");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  return line;
}

std::unexpected<Error> malformed(std::string_view line) {
  return fail(ErrorCode::invalid_request, fmt::format("A response has the line '{}'.", line));
}

Result<> take_header(ResponseHead& head, std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "content-length")) {
    head.content_length = parse_number<std::uint64_t>(value);
    if (!head.content_length) return malformed(value);
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    head.is_chunked = contains_ignoring_case(value, "chunked");
  } else if (equal_ignoring_case(name, "connection")) {
    if (contains_ignoring_case(value, "close")) head.closes = true;
    if (contains_ignoring_case(value, "keep-alive")) head.closes = false;
  }
  return {};
}

}  // namespace

std::optional<std::string_view> ResponseHead::header(std::string_view name) const {
  std::string_view rest = text;
  for (auto line = cut_line(rest); !line.empty(); line = cut_line(rest)) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    if (equal_ignoring_case(line.substr(0, colon), name)) return trim(line.substr(colon + 1));
  }
  return std::nullopt;
}

Result<ResponseHead> parse_response_head(std::string_view text) {
  ResponseHead head;
  head.text = text;
  const std::string_view first = cut_line(text);
  if (!first.starts_with("HTTP/1.") || first.size() < 12) return malformed(first);
  const auto status = parse_number<int>(first.substr(9, 3));
  if (!status || *status < 100) return malformed(first);
  head.status = *status;
  head.closes = first.starts_with("HTTP/1.0");
  for (std::string_view line = cut_line(text); !line.empty(); line = cut_line(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return malformed(line);
    CHECK(take_header(head, line.substr(0, colon), trim(line.substr(colon + 1))));
  }
  return head;
}

}  // namespace partwise::load
