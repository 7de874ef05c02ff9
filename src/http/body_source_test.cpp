#include "http/body_source.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/run_task.hpp"
#include "support/scripted_input.hpp"

namespace partwise::http {
namespace {

using test::cut_at;
using test::cut_every;
using test::ScriptedInput;

// Everything up to the end, waiting as often as needed.
Task<Result<std::string>> read_all(ByteSource& source) {
  std::string content;
  for (;;) {
    const auto piece = source.pull_now();
    if (!piece && piece.error().code == ErrorCode::would_block) {
      CO_CHECK(co_await source.wait());
      continue;
    }
    if (!piece) co_return fail(piece.error());
    if (piece->empty()) co_return content;
    content += as_text(*piece);
  }
}

Result<std::string> chunked(std::string_view wire) {
  ScriptedInput input({std::string(wire)});
  ChunkedBody body(input);
  return test::run_task(read_all(body));
}

void expect_refused(std::string_view wire) {
  const auto content = chunked(wire);
  ASSERT_FALSE(content.has_value()) << wire;
  EXPECT_EQ(content.error().code, ErrorCode::invalid_request) << wire;
}

TEST(EmptyBody, EndsAtOnce) {
  EmptyBody body;
  EXPECT_TRUE(body.finished());
  EXPECT_TRUE(body.pull_now()->empty());
}

TEST(LengthBody, TakesItsBytesAndNoMore) {
  for (std::size_t piece_bytes = 1; piece_bytes < 12; ++piece_bytes) {
    ScriptedInput input(cut_every("0123456GET /", piece_bytes));
    LengthBody body(input, 7);
    EXPECT_FALSE(body.finished());
    EXPECT_EQ(test::run_task(read_all(body)), "0123456");
    EXPECT_TRUE(body.finished());
    EXPECT_EQ(input.rest(), "GET /");
    EXPECT_TRUE(body.pull_now()->empty());
  }
}

TEST(LengthBody, OfNoBytesNeedsNothing) {
  ScriptedInput input({"GET /"});
  LengthBody body(input, 0);
  EXPECT_TRUE(body.finished());
  EXPECT_TRUE(body.pull_now()->empty());
  EXPECT_EQ(input.rest(), "GET /");
}

TEST(LengthBody, EndsEarlyWithItsInput) {
  ScriptedInput input({"012"});
  LengthBody body(input, 7);
  const auto content = test::run_task(read_all(body));
  ASSERT_FALSE(content.has_value());
  EXPECT_EQ(content.error().code, ErrorCode::disconnected);
  EXPECT_FALSE(body.finished());
}

constexpr std::string_view kChunks =
    "4\r\nWiki\r\n006;name=\"v\";x\r\npedia \r\nD\r\nin \r\n\r\nchunks\r\n0;last\r\n"
    "Expires: never\r\nX-Sum:\t1\r\n\r\n";
constexpr std::string_view kContent = "Wikipedia in \r\n\r\nchunks";

TEST(ChunkedBody, IsTheSameWhateverPiecesItArrivesIn) {
  const std::string wire = std::string(kChunks) + "GET /";
  for (std::size_t first = 0; first <= wire.size(); ++first) {
    for (std::size_t second = first; second <= wire.size(); ++second) {
      ScriptedInput input(cut_at(wire, {first, second}));
      ChunkedBody body(input);
      ASSERT_EQ(test::run_task(read_all(body)), kContent) << first << " " << second;
      ASSERT_TRUE(body.finished());
      ASSERT_EQ(input.rest(), "GET /") << first << " " << second;
    }
  }
}

TEST(ChunkedBody, CanArriveByteByByte) {
  ScriptedInput input(cut_every(kChunks, 1));
  ChunkedBody body(input);
  EXPECT_EQ(test::run_task(read_all(body)), kContent);
  EXPECT_TRUE(body.finished());
  EXPECT_TRUE(body.pull_now()->empty());
}

TEST(ChunkedBody, IsFinishedOnlyAfterItsFraming) {
  ScriptedInput input({"1\r\na", "\r\n0\r\n\r\n"});
  ChunkedBody body(input);
  input.arrive();
  EXPECT_EQ(as_text(*body.pull_now()), "a");
  EXPECT_FALSE(body.finished());
  EXPECT_EQ(body.pull_now().error().code, ErrorCode::would_block);
  input.arrive();
  EXPECT_TRUE(body.pull_now()->empty());
  EXPECT_TRUE(body.finished());
}

TEST(ChunkedBody, MayBeEmpty) {
  EXPECT_EQ(chunked("0\r\n\r\n"), "");
  EXPECT_EQ(chunked("0000000000000000\r\n\r\n"), "");
}

TEST(ChunkedBody, RefusesMalformedSizes) {
  for (std::string_view wire :
       {"\r\n", "x\r\n", "-1\r\na\r\n0\r\n\r\n", "+1\r\na\r\n0\r\n\r\n", "0x1\r\na\r\n0\r\n\r\n",
        " 1\r\na\r\n0\r\n\r\n", "1 \r\na\r\n0\r\n\r\n", "1 ;x\r\na\r\n0\r\n\r\n",
        "1\na\r\n0\r\n\r\n", "1\r\ra", "1\rXa", ";x\r\n", "1,\r\na\r\n0\r\n\r\n",
        "00000000000000001\r\na\r\n0\r\n\r\n", "\n", "1.\r\n"}) {
    expect_refused(wire);
  }
}

TEST(ChunkedBody, RefusesContentThatIsNotAsLongAsItsSize) {
  expect_refused("3\r\nabcd\r\n0\r\n\r\n");
  expect_refused("3\r\nab\r\n0\r\n\r\n");
  expect_refused("3\r\nabc\n0\r\n\r\n");
  expect_refused("3\r\nabc\rX0\r\n\r\n");
  expect_refused("3\r\nabc0\r\n\r\n");
  expect_refused("3\r\nabcX\n0\r\n\r\n");
}

TEST(ChunkedBody, TakesTheLargestSize) {
  ScriptedInput input({"FFFFFFFFFFFFFFFF\r\nabc"});
  ChunkedBody body(input);
  input.arrive();
  EXPECT_EQ(as_text(*body.pull_now()), "abc");
  EXPECT_EQ(body.pull_now().error().code, ErrorCode::disconnected);
}

TEST(ChunkedBody, LimitsExtensions) {
  auto with_extension = [](std::string_view extension) {
    return "1;" + std::string(extension) + "\r\na\r\n0\r\n\r\n";
  };
  EXPECT_EQ(chunked(with_extension(std::string(1024, 'x'))), "a");
  expect_refused(with_extension(std::string(1025, 'x')));
  const std::string chunk = "1;" + std::string(1000, 'x') + "\r\na\r\n";
  EXPECT_EQ(chunked(chunk + chunk + "0\r\n\r\n"), "aa");
  expect_refused(with_extension("a\nb"));
  expect_refused(with_extension("a\rb"));
  expect_refused(with_extension(std::string_view("a\0b", 3)));
}

TEST(ChunkedBody, RefusesManyExtensionsForLittleContent) {
  std::string wire;
  for (int i = 0; i < 100; ++i) wire += "1;" + std::string(1000, 'x') + "\r\na\r\n";
  expect_refused(wire + "0\r\n\r\n");

  std::string small;
  for (int i = 0; i < 5'000; ++i) small += "1\r\na\r\n";
  EXPECT_EQ(chunked(small + "0\r\n\r\n"), std::string(5'000, 'a'));
}

TEST(ChunkedBody, LimitsTheTrailer) {
  auto with_trailer = [](std::string_view trailer) { return "0\r\n" + std::string(trailer); };
  EXPECT_EQ(chunked(with_trailer("a:" + std::string(8188, 'x') + "\r\n\r\n")), "");
  expect_refused(with_trailer("a:" + std::string(8189, 'x') + "\r\n\r\n"));
  expect_refused(with_trailer("a:" + std::string(10'000, 'x')));
}

TEST(ChunkedBody, RefusesMalformedTrailers) {
  for (std::string_view trailer :
       {"GET / HTTP/1.1\r\n\r\n", "a\r\n\r\n", ": b\r\n\r\n", " a: b\r\n\r\n", "a: b\n\r\n",
        "a: b\r\n c\r\n\r\n", "a: b\rX", "\n", "\rX", "a : b\r\n\r\n", "a: \x7f\r\n\r\n"}) {
    expect_refused("0\r\n" + std::string(trailer));
  }
}

TEST(ChunkedBody, StaysFailed) {
  ScriptedInput input({"x", "0\r\n\r\n"});
  ChunkedBody body(input);
  const auto first = test::run_task(read_all(body));
  input.arrive();
  const auto second = body.pull_now();
  ASSERT_FALSE(first.has_value());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(), first.error());
  EXPECT_FALSE(body.finished());
}

}  // namespace
}  // namespace partwise::http
