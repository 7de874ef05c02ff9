#pragma once

// One request, as its head gave it. Values only: the body is a stream beside it
// (http/exchange.hpp).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace partwise::http {

struct Header {
  std::string name;   // As sent.
  std::string value;  // Without surrounding white space.
};

enum class Framing : std::uint8_t { none, length, chunked };

struct RequestHead {
  std::string method;  // As sent: methods are case-sensitive.
  std::string target;  // As sent.
  std::string path;    // The target without its query; not percent-decoded. Always starts with '/'.
  std::string query;   // Without '?'.
  bool http_1_0 = false;
  bool keep_alive = true;
  bool expects_continue = false;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  // Where framing is length.
  std::vector<Header> headers;

  // The first header of this name, in any case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] bool has_header(std::string_view name) const;
  // All headers of this name as one list, with ", " between them: what a repeated one means (RFC
  // 9110, section 5.3).
  [[nodiscard]] std::string header_list(std::string_view name) const;
};

// Stands for a head that could not be read, where an answer needs one.
[[nodiscard]] inline RequestHead no_head() {
  RequestHead head;
  head.path = "/";
  return head;
}

// The first parameter of this name in a query, percent- and plus-decoded. An invalid escape stays
// as it is.
[[nodiscard]] std::optional<std::string> query_parameter(std::string_view query,
                                                         std::string_view name);
// Percent-decoding of one path segment; an invalid escape stays as it is.
[[nodiscard]] std::string percent_decode(std::string_view text);

}  // namespace partwise::http
