// What the observer of requests hears of a session.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/socket_session.hpp"

namespace partwise::test {
namespace {

// A record as a line, because its views end with the call.
class Keeping final : public http::RequestObserver {
 public:
  void on_routed(std::string_view route) override { routes.emplace_back(route); }
  void on_request(const http::RequestRecord& record) override {
    lines.push_back(std::string(record.method) + " " + std::string(record.path) + " " +
                    std::string(record.route) + " " + std::to_string(record.status) + " in=" +
                    std::to_string(record.bytes_in) + " out=" + std::to_string(record.bytes_out) +
                    " " + std::string(record.project) + (record.answer_cut ? " cut" : ""));
  }
  std::vector<std::string> routes;
  std::vector<std::string> lines;
};

Task<http::Response> read_all(http::Exchange& exchange) {
  exchange.set_route("named");
  exchange.set_project("mine");
  (void)co_await exchange.read_text(kMiB);  // What matters here is that it arrived.
  http::Response response;
  response.text = "12345";
  co_return response;
}

TEST(RequestObserver, HearsOfEachRequestOnceItIsAnswered) {
  Keeping heard;
  SocketSession peer(read_all, {}, std::nullopt, &heard);
  peer.send("POST /a?key=secret HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234");
  peer.settle();
  EXPECT_EQ(heard.routes, std::vector<std::string>{"named"}) << "before its body is there";
  EXPECT_TRUE(heard.lines.empty());
  peer.send("56789GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.settle();
  EXPECT_EQ(heard.lines, (std::vector<std::string>{"POST /a named 200 in=10 out=5 mine",
                                                   "GET /b named 200 in=0 out=5 mine"}));
}

TEST(RequestObserver, HearsOfAHeadThatCouldNotBeRead) {
  Keeping heard;
  SocketSession peer(read_all, {}, std::nullopt, &heard);
  peer.send("nonsense\r\n\r\n");
  peer.settle();
  ASSERT_EQ(heard.lines.size(), 1U);
  EXPECT_TRUE(heard.lines[0].starts_with("   400 in=0 out=")) << heard.lines[0];
}

TEST(RequestObserver, HearsThatAnAnswerCouldNotBeWritten) {
  Keeping heard;
  SocketSession peer(read_all, {}, std::nullopt, &heard);
  peer.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.hang_up();
  peer.run_to_end();
  ASSERT_EQ(heard.lines.size(), 1U);
  EXPECT_TRUE(heard.lines[0].ends_with(" cut")) << heard.lines[0];
}

}  // namespace
}  // namespace partwise::test
