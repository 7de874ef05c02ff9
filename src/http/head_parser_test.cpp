#include "http/head_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace partwise::http {
namespace {

Result<std::optional<ParsedHead>> parse(std::string_view text, HeadLimits limits = {}) {
  return parse_head(as_bytes(text), limits);
}

// The head of `text`, which must be whole and valid.
RequestHead head_of(std::string_view text) {
  auto parsed = parse(text);
  EXPECT_TRUE(parsed.has_value()) << text << (parsed ? "" : parsed.error().message);
  if (!parsed || !*parsed) return {};
  return std::move((*parsed)->head);
}

void expect_refused(std::string_view text, std::string_view param = "") {
  const auto parsed = parse(text);
  ASSERT_FALSE(parsed.has_value()) << text;
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid_request) << text;
  EXPECT_EQ(parsed.error().param, param) << text << parsed.error().message;
  EXPECT_TRUE(parsed.error().message.ends_with('.')) << parsed.error().message;
}

// A request with these header lines after a valid Host.
std::string with(std::string_view lines, std::string_view version = "1.1") {
  return "POST /v1/files HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(lines) +
         "\r\n";
}

TEST(HeadParser, ReadsARequestAndLeavesItsBody) {
  const std::string head =
      "POST /v1/uploads/upload_1/parts?a=b%20c&d HTTP/1.1\r\n"
      "Host: api.example.com:8080\r\n"
      "authorization: Bearer  key \t\r\n"
      "X-Empty:\r\n"
      "Content-Length: 12\r\n\r\n";
  const auto parsed = parse(head + "Hello world!");
  ASSERT_TRUE(parsed.has_value());
  ASSERT_TRUE(parsed->has_value());
  EXPECT_EQ((*parsed)->consumed, head.size());
  const RequestHead& request = (*parsed)->head;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/uploads/upload_1/parts?a=b%20c&d");
  EXPECT_EQ(request.path, "/v1/uploads/upload_1/parts");
  EXPECT_EQ(request.query, "a=b%20c&d");
  EXPECT_FALSE(request.http_1_0);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_FALSE(request.expects_continue);
  EXPECT_EQ(request.framing, Framing::length);
  EXPECT_EQ(request.content_length, 12U);
  ASSERT_EQ(request.headers.size(), 4U);
  EXPECT_EQ(request.headers[1].name, "authorization");
  EXPECT_EQ(request.headers[1].value, "Bearer  key");
  EXPECT_EQ(request.header("x-empty"), "");
}

TEST(HeadParser, NeedsMoreUntilTheEmptyLineIsThere) {
  const std::string text = "\r\n" + with("Content-Length: 3\r\nX-Y: z\r\n");
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    const auto parsed = parse(std::string_view(text).substr(0, bytes));
    ASSERT_TRUE(parsed.has_value()) << bytes << parsed.error().message;
    EXPECT_FALSE(parsed->has_value()) << bytes;
  }
  EXPECT_TRUE(parse(text)->has_value());
}

TEST(HeadParser, ForgivesAFewEmptyLinesBeforeARequest) {
  const std::string request = with("");
  const auto parsed = parse("\r\n\r\n\r\n\r\n" + request);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ((*parsed)->consumed, 8 + request.size());
  expect_refused("\r\n\r\n\r\n\r\n\r\n" + request);
  expect_refused("\n" + request);
}

TEST(HeadParser, RefusesAnotherProtocolAtItsFirstByte) {
  expect_refused("\x16\x03\x01");
  expect_refused(std::string_view("\0", 1));
  expect_refused(" GET / HTTP/1.1\r\n");
}

TEST(HeadParser, ReducesAnAbsoluteTargetToItsPath) {
  EXPECT_EQ(head_of("GET http://a/v1/files?x=1 HTTP/1.1\r\nHost: a\r\n\r\n").path, "/v1/files");
  EXPECT_EQ(head_of("GET http://a/v1/files?x=1 HTTP/1.1\r\nHost: a\r\n\r\n").query, "x=1");
  EXPECT_EQ(head_of("GET HTTPS://a:1/ HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
  EXPECT_EQ(head_of("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
  EXPECT_EQ(head_of("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
  EXPECT_EQ(head_of("GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n").query, "x");
  EXPECT_EQ(head_of("GET //b/c?d?e HTTP/1.1\r\nHost: a\r\n\r\n").path, "//b/c");
  EXPECT_EQ(head_of("GET //b/c?d?e HTTP/1.1\r\nHost: a\r\n\r\n").query, "d?e");
}

TEST(HeadParser, RefusesTargetsThatAreNoPath) {
  for (std::string_view target :
       {"*", "a:443", "ftp://a/b", "http://", "http:///x", "v1", "?x", "/a#b", "/a b", "/a\x7f"}) {
    expect_refused("GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  expect_refused("GET  / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect_refused("GET HTTP/1.1\r\nHost: a\r\n\r\n");
}

TEST(HeadParser, RefusesMalformedMethodsAndVersions) {
  for (std::string_view line :
       {"G(T / HTTP/1.1", "GET\t/ HTTP/1.1", "GET / HTTP/1.2", "GET / HTTP/2.0", "GET / HTTP/0.9",
        "GET / http/1.1", "GET / HTTP/1.1 ", "GET / HTTP/11", "GET / HTTP/1.10", "GET /", "GET",
        "GET / HTTP/1.1x", "G\xC3\xA4T / HTTP/1.1"}) {
    expect_refused(std::string(line) + "\r\nHost: a\r\n\r\n");
  }
  EXPECT_EQ(head_of("patch-it / HTTP/1.1\r\nHost: a\r\n\r\n").method, "patch-it");
}

TEST(HeadParser, RefusesBareLineEndsAndControlCharacters) {
  expect_refused("GET / HTTP/1.1\nHost: a\r\n\r\n");
  expect_refused("GET / HTTP/1.1\r\nHost: a\n\r\n");
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\n\n");
  expect_refused(with("X: a\rb\r\n"));
  expect_refused(with("X: a\r\r\n"));
  for (int c = 0; c < 0x20; ++c) {
    if (c == '\t') continue;
    expect_refused(with("X: a" + std::string(1, static_cast<char>(c)) + "b\r\n"));
    expect_refused(with("X" + std::string(1, static_cast<char>(c)) + "Y: b\r\n"));
  }
  expect_refused(with("X: \x7f\r\n"));
  EXPECT_EQ(head_of(with("X: a\tb\r\n")).header("X"), "a\tb");
  EXPECT_EQ(head_of(with("X: \xC3\xA4\xFF\r\n")).header("X"), "\xC3\xA4\xFF");
}

TEST(HeadParser, RefusesABadLineAsSoonAsItEnds) {
  expect_refused("GET / HTTP/1.1\r\nHost: a\n");
  expect_refused("GET / HTTP/1.1\nHost: a\n\n");
  expect_refused("GET / HTTP/1.1\r\nHost: a\r\n b\r\n");
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: a\r\n")->has_value());
}

TEST(HeadParser, RefusesMalformedHeaderNamesAndFolding) {
  for (std::string_view lines :
       {"X : a\r\n", "X\t: a\r\n", ": a\r\n", "X\r\n", "X Y: a\r\n", "(X): a\r\n", "X: a\r\n b\r\n",
        "X: a\r\n\tb\r\n", "X:\r\n b\r\n", "X\xC3\xA4: a\r\n", " X: a\r\n"}) {
    expect_refused(with(lines));
  }
  expect_refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n");
}

TEST(HeadParser, TakesOneContentType) {
  EXPECT_EQ(head_of(with("Content-Type: a/b\r\n")).header("content-type"), "a/b");
  expect_refused(with("Content-Type: a/b\r\ncontent-type: a/b\r\n"), "Content-Type");
}

TEST(HeadParser, NeedsExactlyOneHost) {
  expect_refused("GET / HTTP/1.1\r\nX: a\r\n\r\n", "Host");
  expect_refused(with("Host: a\r\n"), "Host");
  expect_refused(with("hOST: b\r\n"), "Host");
  expect_refused(with("Host: b\r\n", "1.0"), "Host");
  for (std::string_view host : {"a b", "a/b", "a@b", "a,b\\", "a?b", "a#b", "a|b", "\xC3\xA4"}) {
    expect_refused("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n", "Host");
  }
  EXPECT_EQ(head_of("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n").header("host"), "[::1]:8080");
  EXPECT_TRUE(head_of("GET / HTTP/1.0\r\n\r\n").http_1_0);
  EXPECT_TRUE(head_of("GET / HTTP/1.1\r\nHost:\r\n\r\n").has_header("host"));
}

TEST(HeadParser, TakesOnlyOneDecimalContentLength) {
  EXPECT_EQ(head_of(with("Content-Length: 0\r\n")).framing, Framing::length);
  EXPECT_EQ(head_of(with("Content-Length: 007\r\n")).content_length, 7U);
  EXPECT_EQ(head_of(with("content-length:18446744073709551615\r\n")).content_length, UINT64_MAX);
  for (std::string_view value :
       {"", "-1", "+1", "0x10", "1a", "1 2", "1,1", "1, 1", "5;5", "18446744073709551616",
        "99999999999999999999999", "1.0", "1e3", "\"5\"", "five", "5,", ",5", "-0"}) {
    expect_refused(with("Content-Length: " + std::string(value) + "\r\n"), "Content-Length");
  }
  expect_refused(with("Content-Length: 5\r\nContent-Length: 5\r\n"), "Content-Length");
  expect_refused(with("Content-Length: 5\r\ncontent-length: 6\r\n"), "Content-Length");
  EXPECT_EQ(head_of(with("")).framing, Framing::none);
}

TEST(HeadParser, TakesOnlyChunkedAsTransferEncoding) {
  EXPECT_EQ(head_of(with("Transfer-Encoding: chunked\r\n")).framing, Framing::chunked);
  EXPECT_EQ(head_of(with("transfer-encoding:  CHUNKED \r\n")).framing, Framing::chunked);
  for (std::string_view value :
       {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "", "chunked;q=1",
        "\"chunked\"", "xchunked", "chunked,", "chunke", "chunked chunked"}) {
    expect_refused(with("Transfer-Encoding: " + std::string(value) + "\r\n"), "Transfer-Encoding");
  }
  expect_refused(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                 "Transfer-Encoding");
  expect_refused(with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
                 "Transfer-Encoding");
  expect_refused(with("Transfer-Encoding: chunked\r\n", "1.0"), "Transfer-Encoding");
}

TEST(HeadParser, RefusesALengthBesideATransferEncoding) {
  expect_refused(with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "Transfer-Encoding");
  expect_refused(with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "Content-Length");
  expect_refused(with("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n"), "Transfer-Encoding");
}

TEST(HeadParser, ReadsConnectionTokens) {
  EXPECT_FALSE(head_of(with("Connection: close\r\n")).keep_alive);
  EXPECT_FALSE(head_of(with("Connection: upgrade, Close\r\n")).keep_alive);
  EXPECT_FALSE(head_of(with("Connection: x\r\nConnection: close\r\n")).keep_alive);
  EXPECT_FALSE(head_of(with("Connection: keep-alive, close\r\n")).keep_alive);
  EXPECT_TRUE(head_of(with("Connection: keep-alive, TE\r\n")).keep_alive);
  EXPECT_TRUE(head_of(with("Connection: enclose\r\n")).keep_alive);
  EXPECT_FALSE(head_of(with("", "1.0")).keep_alive);
  EXPECT_TRUE(head_of(with("Connection: Keep-Alive\r\n", "1.0")).keep_alive);
  EXPECT_FALSE(head_of(with("Connection: keep-alive\r\nConnection: close\r\n", "1.0")).keep_alive);
}

TEST(HeadParser, ReadsTheExpectationWhereABodyFollows) {
  EXPECT_TRUE(head_of(with("Expect: 100-Continue\r\nContent-Length: 1\r\n")).expects_continue);
  EXPECT_TRUE(
      head_of(with("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")).expects_continue);
  EXPECT_FALSE(head_of(with("Expect: 100-continue\r\n")).expects_continue);
  EXPECT_FALSE(head_of(with("Expect: 100-continue\r\nContent-Length: 0\r\n")).expects_continue);
  EXPECT_FALSE(
      head_of(with("Expect: 100-continue\r\nContent-Length: 1\r\n", "1.0")).expects_continue);
  expect_refused(with("Expect: 200-ok\r\n"), "Expect");
  expect_refused(with("Expect:\r\n"), "Expect");
  expect_refused(with("Expect: 100-continue\r\nExpect: more\r\n"), "Expect");
}

void expect_too_large(std::string_view text, HeadLimits limits) {
  const auto parsed = parse(text, limits);
  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, ErrorCode::too_large);
  EXPECT_EQ(parsed.error().param, "headers");
}

TEST(HeadParser, LimitsTheBytesOfAHeadWhetherItEndsOrNot) {
  const std::string request = with("X: " + std::string(500, 'x') + "\r\n");
  const HeadLimits exact{.head_bytes_max = request.size()};
  EXPECT_TRUE(parse(request, exact)->has_value());
  EXPECT_TRUE(parse(request + "body", exact)->has_value());
  const HeadLimits tight{.head_bytes_max = request.size() - 1};
  expect_too_large(request, tight);
  expect_too_large(std::string_view(request).substr(0, tight.head_bytes_max), tight);
  EXPECT_FALSE(parse(std::string_view(request).substr(0, 400), tight)->has_value());
  expect_too_large("GET /" + std::string(20'000, 'x'), {});
}

TEST(HeadParser, LimitsTheNumberOfHeaders) {
  std::string lines;
  for (int i = 0; i < 99; ++i) lines += "X: y\r\n";
  EXPECT_EQ(head_of(with(lines)).headers.size(), 100U);
  expect_too_large(with(lines + "X: y\r\n"), {});
  expect_too_large("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n" + lines, {});
}

TEST(HeadParser, TakesAHeadAsLargeAsItsLimit) {
  const HeadLimits limits{.head_bytes_max = 64 * kKiB};
  const std::string request = with("X: " + std::string(60'000, 'x') + "\r\n");
  const auto parsed = parse(request, limits);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ((*parsed)->head.header("x").size(), 60'000U);
}

}  // namespace
}  // namespace partwise::http
