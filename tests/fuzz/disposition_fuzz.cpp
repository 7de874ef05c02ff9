// Content-Disposition and the boundary: whatever a file is called, the header of its download is
// one line of printable ASCII, and reads back.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "http/content_disposition.hpp"
#include "http/form_field.hpp"

using partwise::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)partwise::http::parse_content_disposition(text);
  (void)partwise::http::parse_field_head(text, 4);
  const auto boundary = partwise::http::parse_boundary(text);
  if (boundary) require(!boundary->empty() && boundary->size() <= 70);

  const std::string header = partwise::http::attachment_disposition(text);
  require(std::ranges::all_of(header, [](char c) { return c >= ' ' && c <= '~'; }));
  const auto again = partwise::http::parse_content_disposition(header);
  require(again && again->filename && again->filename->size() == size);
  return 0;
}
