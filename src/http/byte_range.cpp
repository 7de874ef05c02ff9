#include "http/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace partwise::http {

namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Digits only. What is beyond 64 bits is beyond every body.
std::optional<std::uint64_t> position_of(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t position = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  return error == std::errc{} ? position : UINT64_MAX;
}

bool is_bytes_unit(std::string_view unit) {
  constexpr std::string_view kUnit = "bytes";
  return std::ranges::equal(
      unit, kUnit, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

constexpr RangeAnswer kUnsatisfiable{.kind = RangeAnswer::Kind::unsatisfiable};

}  // namespace

RangeAnswer answer_range(std::string_view range, std::uint64_t body_bytes) {
  const std::size_t equals = range.find('=');
  if (equals == std::string_view::npos || !is_bytes_unit(trimmed(range.substr(0, equals)))) {
    return {};
  }
  const std::string_view spec = trimmed(range.substr(equals + 1));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);
  const auto first = position_of(first_text);
  const auto last = position_of(last_text);
  if (first_text.empty() && last) {  // The last so many bytes.
    if (*last == 0 || body_bytes == 0) return kUnsatisfiable;
    const std::uint64_t bytes = std::min(*last, body_bytes);
    return {.kind = RangeAnswer::Kind::part, .range = {body_bytes - bytes, bytes}};
  }
  if (!first || (!last && !last_text.empty()) || (last && *last < *first)) return {};
  if (*first >= body_bytes) return kUnsatisfiable;
  const std::uint64_t end = last ? std::min(*last, body_bytes - 1) : body_bytes - 1;
  return {.kind = RangeAnswer::Kind::part, .range = {*first, end - *first + 1}};
}

bool names_etag(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view tag = trimmed(list.substr(0, comma));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == etag) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace partwise::http
