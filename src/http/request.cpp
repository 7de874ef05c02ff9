#include "http/request.hpp"

#include <algorithm>
#include <utility>

#include "http/grammar.hpp"

namespace partwise::http {

namespace {

std::string decode(std::string_view text, bool plus_is_space) {
  if (text.find_first_of(plus_is_space ? "%+" : "%") == std::string_view::npos) {
    return std::string(text);
  }
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2) {
      const int high = hex_digit_value(text[i + 1]);
      const int low = hex_digit_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
  }
  return out;
}

const Header* find(const std::vector<Header>& headers, std::string_view name) {
  const auto found = std::ranges::find_if(
      headers, [name](const Header& header) { return equal_ignoring_case(header.name, name); });
  return found == headers.end() ? nullptr : &*found;
}

}  // namespace

std::string_view RequestHead::header(std::string_view name) const {
  const Header* found = find(headers, name);
  return found == nullptr ? std::string_view{} : std::string_view{found->value};
}

bool RequestHead::has_header(std::string_view name) const { return find(headers, name) != nullptr; }

std::string RequestHead::header_list(std::string_view name) const {
  std::string list;
  bool first = true;
  for (const Header& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    if (!std::exchange(first, false)) list += ", ";
    list += header.value;
  }
  return list;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    std::string_view value = cut_front(query, '&');
    const std::string_view key = cut_front(value, '=');
    if (decode(key, true) == name) return decode(value, true);
  }
  return std::nullopt;
}

std::string percent_decode(std::string_view text) { return decode(text, false); }

}  // namespace partwise::http
