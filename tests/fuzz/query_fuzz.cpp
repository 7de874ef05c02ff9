// Queries: what was encoded comes back, and a page that is accepted is within its limits.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/page_query.hpp"
#include "fuzz/require.hpp"
#include "http/request.hpp"

namespace {

using partwise::http::query_parameter;
using partwise::test::require;

std::string encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
  }
  return out;
}

void check_page(std::string_view query) {
  const partwise::api::ApiLimits limits;
  const auto page = partwise::api::parse_page_query(query, partwise::Order::desc, limits);
  if (page) {
    require(page->limit >= 1 && page->limit <= limits.page_limit_max);
    require(page->after == query_parameter(query, "after").value_or(""));
    return;
  }
  require(page.error().code == partwise::ErrorCode::invalid_request);
  require(query_parameter(query, page.error().param).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_page(text);
  const std::string_view name = text.substr(0, size / 3);
  const std::string_view value = text.substr(size / 3);
  require(partwise::http::percent_decode(encoded(text)) == text);
  require(partwise::http::percent_decode(text).size() <= size);
  const std::string query = encoded(name) + "=" + encoded(value) + "&" + encoded(name) + "=x";
  // The first of its name wins, and a query before it that has another one changes nothing.
  require(query_parameter(query, name) == value);
  if (!name.empty()) require(query_parameter("=a&&=&" + query, name) == value);
  return 0;
}
