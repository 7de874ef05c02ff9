// parse_head: what is accepted is consistent, and no prefix of a head is a head.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/require.hpp"
#include "http/head_parser.hpp"

using partwise::Bytes;
using partwise::test::require;

namespace {

void check_head(const partwise::http::RequestHead& head, const partwise::http::HeadLimits& limits) {
  using partwise::http::Framing;
  require(!head.method.empty() && head.path.starts_with('/'));
  require(head.headers.size() <= limits.headers_max);
  require(head.http_1_0 || head.has_header("Host"));
  require((head.framing == Framing::length) == head.has_header("Content-Length"));
  require((head.framing == Framing::chunked) == head.has_header("Transfer-Encoding"));
  for (const auto& [name, value] : head.headers) {
    require(!name.empty());
    require(value.find_first_of(std::string_view("\0\r\n", 3)) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const partwise::http::HeadLimits limits{.head_bytes_max = 1024, .headers_max = 8};
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto parsed = parse_head(bytes, limits);
  if (!parsed || !*parsed) return 0;
  const std::size_t consumed = (*parsed)->consumed;
  require(consumed <= size && consumed <= limits.head_bytes_max + 8);
  check_head((*parsed)->head, limits);

  const auto without_body = parse_head(bytes.first(consumed), limits);
  require(without_body && *without_body && (*without_body)->consumed == consumed);
  for (std::size_t prefix = 0; prefix < consumed; ++prefix) {
    const auto early = parse_head(bytes.first(prefix), limits);
    require(early.has_value() && !early->has_value());
  }
  return 0;
}
