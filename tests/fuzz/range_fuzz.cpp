// answer_range: what is sent lies within the body, and the header that names exactly that asks for
// it again.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"
#include "http/byte_range.hpp"

using partwise::http::RangeAnswer;
using partwise::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t body_bytes = 0;
  if (size < sizeof(body_bytes)) return 0;
  std::memcpy(&body_bytes, data, sizeof(body_bytes));
  const std::string_view header(reinterpret_cast<const char*>(data) + sizeof(body_bytes),
                                size - sizeof(body_bytes));
  const RangeAnswer answer = partwise::http::answer_range(header, body_bytes);
  const auto& [first, bytes] = answer.range;
  if (answer.kind == RangeAnswer::Kind::part) {
    require(bytes > 0 && bytes <= body_bytes && first <= body_bytes - bytes);
    const std::string exact =
        "bytes=" + std::to_string(first) + "-" + std::to_string(first + bytes - 1);
    require(partwise::http::answer_range(exact, body_bytes) == answer);
  } else {
    require(first == 0 && bytes == 0);
  }
  if (header.find(',') != std::string_view::npos) require(answer.kind == RangeAnswer::Kind::whole);

  const std::string list(header);
  require(partwise::http::names_etag(list + ",\"file-x\"", "\"file-x\""));
  require(partwise::http::names_etag("W/\"file-x\"," + list, "\"file-x\""));
  return 0;
}
