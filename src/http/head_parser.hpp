#pragma once

// The head of a request: from the request line to the empty line. Beast reads it; what Beast 1.81
// lets pass and a proxy in front of us might read in another way is refused here, so that nobody
// can hide one request inside another (RFC 9112, sections 3, 5, 6 and 11.2).

#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "http/request.hpp"

namespace partwise::http {

struct HeadLimits {
  // Everything up to and with the empty line. Browsers and proxies stay below 8 KiB.
  std::size_t head_bytes_max = 16 * kKiB;
  std::size_t headers_max = 100;
};

struct ParsedHead {
  RequestHead head;
  std::size_t consumed = 0;  // Bytes of the input that were the head; what follows is the body.
};

// Reads the head at the front of `buffered`; up to four empty lines before it are skipped. nullopt:
// more bytes are needed. Costs time in proportion to `buffered`, and parses only once the head is
// complete.
//
// Refused with invalid_request: lines that do not end with CRLF, control characters, folded
// headers, white space before a colon, a malformed method, target, version, Host or Connection; a
// Transfer-Encoding that is not exactly `chunked`, that comes with HTTP/1.0, or beside a
// Content-Length; a Content-Length that is repeated or not only digits; an expectation other than
// `100-continue` (param `Expect`: a 417). too_large, param `headers`: a limit was passed.
[[nodiscard]] Result<std::optional<ParsedHead>> parse_head(Bytes buffered, HeadLimits limits);

}  // namespace partwise::http
