#include <gtest/gtest.h>

#include "load/chunked_body.hpp"
#include "load/response_head.hpp"
#include "load/response_reader.hpp"

namespace partwise::load {
namespace {

// Gives what was scripted, at most `burst` bytes at a time.
class ScriptedChannel final : public Channel {
 public:
  ScriptedChannel(std::string script, std::size_t burst)
      : script_(std::move(script)), burst_(burst) {}

  [[nodiscard]] Result<> send(const Outgoing& /*outgoing*/, const Payload* /*payload*/) override {
    return {};
  }
  [[nodiscard]] Result<std::size_t> receive(MutableBytes out) override {
    const Bytes next =
        as_bytes(script_).subspan(at_).first(std::min({burst_, out.size(), script_.size() - at_}));
    std::ranges::copy(next, out.begin());
    at_ += next.size();
    return next.size();
  }
  [[nodiscard]] Result<std::size_t> discard(std::uint64_t count) override {
    std::vector<std::byte> scratch(count);
    return receive(scratch);
  }

 private:
  const std::string script_;
  const std::size_t burst_;
  std::size_t at_ = 0;
};

TEST(ResponseHead, NamesAreFoundInAnyCaseAndValuesTrimmed) {
  const auto head = parse_response_head("HTTP/1.1 201 Created\r\nLocation:  /x \r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 201);
  EXPECT_EQ(head->header("location"), "/x");
  EXPECT_FALSE(head->header("created"));
  EXPECT_FALSE(head->closes);
  EXPECT_FALSE(head->content_length);
}

TEST(ResponseHead, ConnectionsCloseWhereItSaysSoOrIsOld) {
  EXPECT_TRUE(parse_response_head("HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n")->closes);
  EXPECT_TRUE(parse_response_head("HTTP/1.0 200 OK\r\n\r\n")->closes);
  EXPECT_FALSE(parse_response_head("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n")->closes);
}

TEST(ResponseHead, OtherTextIsRefused) {
  EXPECT_FALSE(parse_response_head("SSH-2.0-OpenSSH\r\n\r\n"));
  EXPECT_FALSE(parse_response_head("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"));
}

TEST(ChunkedBody, IsTakenApartAtEveryPlace) {
  const std::string_view text = "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nx-trailer: 1\r\n\r\nnext";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ChunkedBody body;
    std::string out;
    std::size_t taken = body.feed(text.substr(0, cut), &out).value();
    if (taken == cut) taken += body.feed(text.substr(cut), &out).value();
    EXPECT_TRUE(body.has_ended());
    EXPECT_EQ(out, "hello!");
    EXPECT_EQ(text.substr(taken), "next");
  }
}

TEST(ResponseParser, TakesOneAfterTheOtherHoweverTheyArrive) {
  const std::string script =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none"
      "HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\n" +
      std::string(300, 'x') +
      "HTTP/1.1 204 No Content\r\n\r\n"
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n"
      "HTTP/1.1 400 Bad Request\r\n\r\nto the end";
  for (const std::size_t piece : {1UZ, 7UZ, 100'000UZ}) {
    ResponseParser parser;
    std::string_view rest = script;
    const auto next = [&](std::string_view method, bool keep_body) {
      parser.begin(method, keep_body);
      while (!parser.is_complete() && !rest.empty()) {
        rest.remove_prefix(parser.feed(rest.substr(0, piece)).value());
      }
      return parser.response();
    };
    EXPECT_EQ(next("GET", true).body, "one");
    EXPECT_EQ(next("GET", false).body, "");
    EXPECT_EQ(next("PUT", true).head.status, 204);
    EXPECT_EQ(next("GET", true).body, "four");
    EXPECT_EQ(next("GET", false).body, "to the end");
    EXPECT_TRUE(parser.end());
    EXPECT_TRUE(parser.response().head.closes);
    EXPECT_TRUE(rest.empty());
  }
}

TEST(ResponseParser, ABodyThatIsCutOffIsAnError) {
  ResponseParser parser;
  parser.begin("GET", false);
  EXPECT_FALSE(parser.end());
  ASSERT_TRUE(parser.feed("HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\nshort"));
  EXPECT_EQ(parser.droppable_bytes(), 25U);
  EXPECT_FALSE(parser.end());
  parser.note_dropped(25);
  EXPECT_TRUE(parser.is_complete());
}

TEST(ResponseReader, DropsWhatNobodyWants) {
  ScriptedChannel channel("HTTP/1.1 200 OK\r\ncontent-length: 30\r\n\r\n" + std::string(30, 'x') +
                              "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
                          40);
  ResponseReader reader;
  EXPECT_EQ(reader.read(channel, "GET", false).value()->body, "");
  EXPECT_EQ(reader.read(channel, "GET", true).value()->body, "ok");
  EXPECT_EQ(reader.read(channel, "GET", true).error().code, ErrorCode::disconnected);
}

}  // namespace
}  // namespace partwise::load
