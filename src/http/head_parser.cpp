#include "http/head_parser.hpp"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include "http/grammar.hpp"

namespace partwise::http {

namespace {

namespace beast_http = boost::beast::http;

// Clients of HTTP/1.0 days sent an empty line after a body; RFC 9112, section 2.2 asks to forgive
// it.
constexpr std::size_t kEmptyLinesBefore = 4;

std::unexpected<Error> refuse(std::string message, std::string param = {}) {
  return fail(ErrorCode::invalid_request, std::move(message), std::move(param));
}

std::unexpected<Error> refuse_size(HeadLimits limits) {
  return fail(ErrorCode::too_large,
              "The headers of a request may have at most " + std::to_string(limits.head_bytes_max) +
                  " bytes in " + std::to_string(limits.headers_max) + " lines.",
              "headers");
}

// One header line as it stands, without its CRLF.
Result<> check_header_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse("Folded headers are not supported: send each header on one line.");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse("A header must be a name, a colon without white space before it, and a value.");
  }
  return {};
}

struct Lines {
  std::size_t bytes = 0;  // Up to and with the empty line.
  std::size_t headers = 0;
};

// Judges the raw lines of a head, as far as they have arrived: Beast would accept some of what is
// refused here. nullopt: the empty line has not been seen.
Result<std::optional<Lines>> scan_lines(std::string_view text, HeadLimits limits) {
  Lines lines;
  for (bool first = true;; first = false) {
    const std::size_t end = text.find('\n', lines.bytes);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(lines.bytes, end - lines.bytes);
    if (!line.ends_with('\r')) return refuse("Each line of a request's head must end with CR LF.");
    line.remove_suffix(1);
    lines.bytes = end + 1;
    if (line.empty()) return lines;
    if (first) continue;
    CHECK(check_header_line(line));
    if (++lines.headers > limits.headers_max) return refuse_size(limits);
  }
}

// A head that arrives byte by byte must not be judged anew with each byte, so the one check that is
// made each time is a single fast search. A line that just ended is judged at once: whoever ends
// lines with a bare LF never sends the end that is waited for. With the limit of headers, that
// happens rarely enough.
bool is_worth_scanning(std::string_view text) {
  return text.ends_with('\n') || ::memmem(text.data(), text.size(), "\r\n\r\n", 4) != nullptr;
}

Result<> take_target(RequestHead& head) {
  std::string_view rest = head.target;
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(rest.substr(0, scheme.size()), scheme)) continue;
    rest.remove_prefix(scheme.size());
    const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
    if (authority_end == 0) return refuse("The request's target names no host.");
    rest.remove_prefix(authority_end);
    if (!rest.starts_with('/')) head.path = "/";
    break;
  }
  if (head.path.empty() && !rest.starts_with('/')) {
    return refuse("The request's target must be a path that starts with '/'.");
  }
  if (rest.contains('#')) return refuse("The request's target may not contain a fragment.");
  const std::string_view path = cut_front(rest, '?');
  head.path += path;
  head.query = rest;
  return {};
}

// The only header of this name; nullptr if there is none.
Result<const Header*> find_single(const RequestHead& head, std::string_view name) {
  const Header* found = nullptr;
  for (const Header& header : head.headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    if (found != nullptr) {
      return refuse("The header " + std::string(name) + " may be sent only once.",
                    std::string(name));
    }
    found = &header;
  }
  return found;
}

// RFC 3986, section 3.2.2, and the colon before a port. Which of them may follow which is not
// looked at, because nothing here stands on the host.
constexpr std::string_view kHostCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()*+,;=:[]";

Result<> check_host(const RequestHead& head) {
  TRY(const Header* host, find_single(head, "Host"));
  if (host == nullptr) {
    if (head.http_1_0) return {};
    return refuse("A request with HTTP/1.1 needs a Host header.", "Host");
  }
  const bool valid = host->value.find_first_not_of(kHostCharacters) == std::string::npos;
  if (!valid) return refuse("The Host header is not a host name with an optional port.", "Host");
  return {};
}

Result<> take_framing(RequestHead& head) {
  TRY(const Header* length, find_single(head, "Content-Length"));
  TRY(const Header* coding, find_single(head, "Transfer-Encoding"));
  if (coding != nullptr) {
    if (length != nullptr) {
      return refuse("A request may have a Content-Length or a Transfer-Encoding, not both.",
                    "Transfer-Encoding");
    }
    if (head.http_1_0) {
      return refuse("HTTP/1.0 has no Transfer-Encoding.", "Transfer-Encoding");
    }
    if (!equal_ignoring_case(coding->value, "chunked")) {
      return refuse("The only Transfer-Encoding that is supported is chunked.",
                    "Transfer-Encoding");
    }
    head.framing = Framing::chunked;
  }
  if (length != nullptr) {
    const std::string& text = length->value;
    // from_chars stops at whatever is no digit, and takes no plus sign and no white space; a minus
    // sign it takes for signed types only.
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), head.content_length);
    if (error != std::errc{} || end != text.data() + text.size()) {
      return refuse("The Content-Length must be one decimal number.", "Content-Length");
    }
    head.framing = Framing::length;
  }
  return {};
}

Result<> take_expectation(RequestHead& head) {
  for (const Header& header : head.headers) {
    if (!equal_ignoring_case(header.name, "Expect")) continue;
    if (!equal_ignoring_case(header.value, "100-continue")) {
      return refuse("The only expectation that is supported is 100-continue.", "Expect");
    }
    // HTTP/1.0 has no interim answers, and without a body nobody waits for one.
    head.expects_continue =
        !head.http_1_0 && (head.framing == Framing::chunked || head.content_length > 0);
  }
  return {};
}

void take_connection(RequestHead& head) {
  bool close = false;
  bool keep = false;
  for (const Header& header : head.headers) {
    if (!equal_ignoring_case(header.name, "Connection")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::string_view token = trim(cut_front(rest, ','));
      close = close || equal_ignoring_case(token, "close");
      keep = keep || equal_ignoring_case(token, "keep-alive");
    }
  }
  head.keep_alive = !close && (keep || !head.http_1_0);
}

std::unexpected<Error> refuse_unread(const boost::beast::error_code& error) {
  using beast_http::error::bad_content_length;
  using beast_http::error::bad_transfer_encoding;
  using beast_http::error::multiple_content_length;
  if (error == bad_transfer_encoding || error == bad_content_length ||
      error == multiple_content_length) {
    const bool is_length = error != bad_transfer_encoding;
    return refuse("A request needs one Content-Length of digits, or Transfer-Encoding: chunked.",
                  is_length ? "Content-Length" : "Transfer-Encoding");
  }
  return refuse("The request's head is malformed: " + error.message() + ".");
}

// Beast's reading of a complete head whose lines have passed scan_lines.
Result<RequestHead> read_head(std::string_view text) {
  beast_http::request_parser<beast_http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(text.size() + 1));
  parser.skip(true);  // The body is not Beast's, whatever its framing.
  boost::beast::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(text), error);
  if (error || !parser.is_header_done() || used != text.size()) {
    return refuse_unread(error);
  }
  const auto& message = parser.get();
  RequestHead head;
  head.method = message.method_string();
  head.target = message.target();
  head.http_1_0 = message.version() == 10;
  head.headers.reserve(static_cast<std::size_t>(std::distance(message.begin(), message.end())));
  for (const auto& field : message) {
    head.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  return head;
}

}  // namespace

Result<std::optional<ParsedHead>> parse_head(Bytes buffered, HeadLimits limits) {
  std::string_view text = as_text(buffered);
  std::size_t skipped = 0;
  while (text.starts_with("\r\n")) {
    if (skipped == 2 * kEmptyLinesBefore) return refuse("A request must start with its method.");
    text.remove_prefix(2);
    skipped += 2;
  }
  if (text.empty() || text == "\r") return std::nullopt;
  // Whoever speaks TLS or another protocol to this port is told at once, not after a timeout.
  if (!is_token_char(text.front())) return refuse("A request must start with its method.");

  const std::string_view allowed = text.substr(0, limits.head_bytes_max);
  std::optional<Lines> lines;
  if (is_worth_scanning(allowed)) {
    TRY(lines, scan_lines(allowed, limits));
  }
  if (!lines) {
    if (text.size() >= limits.head_bytes_max) return refuse_size(limits);
    return std::nullopt;
  }
  TRY(RequestHead head, read_head(text.substr(0, lines->bytes)));
  CHECK(take_target(head));
  CHECK(check_host(head));
  CHECK(find_single(head, "Content-Type"));  // Of two, somebody on the way may see the other.
  CHECK(take_framing(head));
  CHECK(take_expectation(head));
  take_connection(head);
  return ParsedHead{std::move(head), skipped + lines->bytes};
}

}  // namespace partwise::http
