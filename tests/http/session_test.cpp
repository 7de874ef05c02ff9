#include "http/session.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/socket_session.hpp"
#include "support/temporary_directory.hpp"

namespace partwise::test {
namespace {

using http::Exchange;
using http::Response;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post_head(std::size_t bytes, std::string_view more = "") {
  return "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n" +
         std::string(more) + "\r\n";
}

Response text_response(std::string text) {
  Response response;
  response.text = std::move(text);
  return response;
}

Task<Response> answer_path(Exchange& exchange) {
  co_return text_response("path=" + exchange.head().path);
}

// Reads the whole body and answers it; a failure becomes its code.
Task<Response> answer_body(Exchange& exchange) {
  auto text = co_await exchange.read_text(kMiB);
  if (text) co_return text_response("body=" + *text);
  auto response = text_response("failed=" + std::to_string(static_cast<int>(text.error().code)));
  response.status = 400;
  co_return response;
}

std::string failed_with(ErrorCode code) {
  return "failed=" + std::to_string(static_cast<int>(code));
}

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

bool has(const std::string& text, std::string_view what) { return count_of(text, what) > 0; }

TEST(Session, AnswersPipelinedRequestsInOrderOnOneConnection) {
  SocketSession peer(answer_path);
  peer.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answers = peer.received();
  EXPECT_EQ(count_of(answers, "HTTP/1.1 200 OK\r\n"), 2U);
  EXPECT_LT(answers.find("path=/1"), answers.find("path=/2"));
  EXPECT_EQ(count_of(answers, "connection: keep-alive\r\n"), 2U);
  EXPECT_EQ(count_of(answers, "x-request-id: req_"), 2U);
  EXPECT_FALSE(peer.ended());
}

TEST(Session, PipelinedRequestsTakeTurnsWithWhateverElseIsReady) {
  std::vector<std::string> order;
  SocketSession peer([&order](Exchange& exchange) -> Task<Response> {
    order.push_back(exchange.head().path);
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::post(executor, [&order] { order.emplace_back("others"); });
    co_return text_response("");
  });
  peer.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n" +
            std::string(kGet));
  EXPECT_EQ(count_of(peer.received(), "HTTP/1.1 200 OK\r\n"), 3U);
  EXPECT_EQ(order, (std::vector<std::string>{"/1", "others", "/2", "others", "/a", "others"}));
}

TEST(Session, ReadsAHeadThatArrivesByteByByte) {
  SocketSession peer(answer_path);
  for (const char c : kGet) {
    EXPECT_EQ(peer.received(), "");
    peer.send(std::string_view(&c, 1));
  }
  EXPECT_TRUE(has(peer.received(), "path=/a"));
}

TEST(Session, ClosesAfterAnHttp10RequestAndAfterConnectionClose) {
  for (const std::string_view head :
       {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
    SocketSession peer(answer_path);
    peer.send(head);
    EXPECT_TRUE(has(peer.received(), "connection: close\r\n"));
    EXPECT_TRUE(peer.ended());
  }
}

TEST(Session, GivesTheBodyWhateverItsPiecesAndKeepsWhatFollows) {
  SocketSession peer(answer_body);
  peer.send(post_head(6) + "abc");
  EXPECT_EQ(peer.received(), "");
  peer.send("def" + std::string(post_head(1)) + "z");
  const std::string answers = peer.received();
  EXPECT_TRUE(has(answers, "body=abcdef"));
  EXPECT_TRUE(has(answers, "body=z"));
}

TEST(Session, ReadsAChunkedBody) {
  SocketSession peer(answer_body);
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  peer.send("2\r\nde\r\n0\r\n\r\n");
  peer.send(kGet);
  const std::string answers = peer.received();
  EXPECT_TRUE(has(answers, "body=abcde"));
  EXPECT_EQ(count_of(answers, "HTTP/1.1 200"), 2U);
}

TEST(Session, SendsContinueOnlyWhereTheBodyIsWantedAndNotThereYet) {
  SocketSession peer(answer_body);
  peer.send(post_head(3, "Expect: 100-continue\r\n"));
  EXPECT_EQ(peer.received(), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("abc");
  EXPECT_TRUE(has(peer.received(), "body=abc"));
  peer.send(post_head(3, "Expect: 100-continue\r\n") + "xyz");
  const std::string answer = peer.received();
  EXPECT_FALSE(has(answer, "100 Continue"));
  EXPECT_TRUE(has(answer, "body=xyz"));
}

TEST(Session, RefusesABodyThatWaitsForContinueWithoutAskingForIt) {
  SocketSession peer(answer_path);
  peer.send(post_head(1'000'000, "Expect: 100-continue\r\n"));
  const std::string answer = peer.received();
  EXPECT_FALSE(has(answer, "100 Continue"));
  EXPECT_TRUE(has(answer, "path=/b"));
  EXPECT_TRUE(has(answer, "connection: close\r\n"));
}

TEST(Session, AnswersBeforeAnUnwantedBodyAndDiscardsTheRest) {
  SocketSession peer(answer_path);
  constexpr std::size_t kBytes = 4 * kMiB;
  peer.send(post_head(kBytes) + std::string(1000, 'x'));
  EXPECT_TRUE(has(peer.received(), "connection: close\r\n"));
  EXPECT_TRUE(peer.end_of_answers());
  peer.send(std::string(kBytes - 1000, 'x'));
  EXPECT_FALSE(peer.refused_bytes()) << "the client would have seen a reset instead of the answer";
  EXPECT_FALSE(peer.ended());
  peer.end_sending();
  peer.run_to_end();
}

TEST(Session, DiscardsNoMoreThanItsLimit) {
  http::HttpLimits limits;
  limits.discard_bytes_max = 100'000;
  SocketSession peer(answer_path, limits);
  peer.send(post_head(4 * kMiB));
  peer.send(std::string(4 * kMiB, 'x'));
  EXPECT_TRUE(peer.refused_bytes());
  EXPECT_TRUE(peer.ended());
}

TEST(Session, KeepsTheConnectionWhereASmallUnreadBodyHasArrived) {
  SocketSession peer(answer_path);
  peer.send(post_head(2) + "{}" + std::string(kGet));
  const std::string answers = peer.received();
  EXPECT_TRUE(has(answers, "path=/b"));
  EXPECT_TRUE(has(answers, "path=/a"));
}

TEST(Session, TellsTheHandlerOfAnEarlyEnd) {
  SocketSession peer(answer_body);
  peer.send(post_head(10) + "abc");
  peer.end_sending();
  EXPECT_TRUE(has(peer.received(), failed_with(ErrorCode::disconnected)));
  peer.run_to_end();
}

TEST(Session, RefusesAMalformedHeadAndCloses) {
  SocketSession peer(answer_path);
  peer.send("GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n");
  const std::string answer = peer.received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(has(answer, "x-request-id: req_"));
  EXPECT_TRUE(has(answer, "connection: close\r\n"));
  peer.hang_up();
  peer.run_to_end();
}

TEST(Session, RefusesAHeadThatIsTooLarge) {
  SocketSession peer(answer_path);
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 40; ++i) peer.send("h: " + std::string(1000, 'v') + "\r\n");
  EXPECT_TRUE(has(peer.received(), "HTTP/1.1 400 "));
  peer.hang_up();
  peer.run_to_end();
}

TEST(Session, AnswersHeadWithTheLengthAndWithoutTheBody) {
  SocketSession peer(answer_path);
  peer.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answer = peer.received();
  EXPECT_TRUE(has(answer, "content-length: 9\r\n"));
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_FALSE(peer.ended());
}

TEST(Session, TurnsAnExceptionIntoAnErrorAnswer) {
  auto handler = [](Exchange&) -> Task<Response> {
    throw std::runtime_error("a bug");
    co_return Response{};
  };
  SocketSession peer(handler);
  peer.send(kGet);
  EXPECT_TRUE(peer.received().starts_with("HTTP/1.1 500 "));
}

TEST(Session, AnInterruptEndsTheBodyAndTheAnswerIsStillWritten) {
  http::Connection* connection = nullptr;
  auto handler = [&connection](Exchange& exchange) {
    connection = &exchange.connection();
    return answer_body(exchange);
  };
  SocketSession peer(handler);
  peer.send(post_head(10) + "abc");
  EXPECT_EQ(peer.received(), "");
  connection->interrupt();
  const std::string answer = peer.received();
  EXPECT_TRUE(has(answer, failed_with(ErrorCode::cut)));
  EXPECT_TRUE(has(answer, "connection: close\r\n"));
  peer.send("defghij");
  EXPECT_FALSE(peer.refused_bytes());
}

// Takes one piece after the other and never waits, as a body does that arrives faster than it is
// stored.
TEST(Session, AnInterruptReachesABodyWhoseBytesNeverRunOut) {
  std::string outcome;
  auto handler = [&outcome](Exchange& exchange) -> Task<Response> {
    auto& body = exchange.body();
    (void)body.pull_now();  // What came with the head.
    exchange.connection().interrupt();
    const auto piece = body.pull_now();
    outcome = piece ? "bytes" : failed_with(piece.error().code);
    co_return text_response("done");
  };
  SocketSession peer(handler);
  peer.send(post_head(100'000) + std::string(90'000, 'x'));
  EXPECT_TRUE(has(peer.received(), "done"));
  EXPECT_EQ(outcome, failed_with(ErrorCode::cut));
}

TEST(Session, RefusesAConnectionWithAnAnswerThatAClientWithABodyCanRead) {
  SocketSession peer(answer_path);
  peer.send(post_head(100'000) + std::string(100'000, 'x'));
  SocketSession refused(answer_path, {}, Error{ErrorCode::overloaded, "Too many."});
  refused.send(post_head(4 * kMiB));
  const std::string answer = refused.received();
  EXPECT_TRUE(has(answer, "Too many."));
  EXPECT_TRUE(has(answer, "x-request-id: req_"));
  refused.send(std::string(4 * kMiB, 'x'));
  EXPECT_FALSE(refused.refused_bytes())
      << "the client would have seen a reset instead of the answer";
}

TEST(Session, LosesPatienceWithASlowHeadAndASlowBody) {
  http::HttpLimits limits;
  limits.head_timeout = std::chrono::milliseconds(5);
  limits.body_grace = std::chrono::milliseconds(5);
  SocketSession slow_head(answer_path, limits);
  slow_head.send("GET / HT");
  slow_head.settle();
  slow_head.end_sending();
  slow_head.run_to_end();

  SocketSession slow_body(answer_body, limits);
  slow_body.send(post_head(10) + "abc");
  while (!has(slow_body.received(), failed_with(ErrorCode::timed_out))) {
  }
  slow_body.hang_up();
  slow_body.run_to_end();
}

TEST(Session, ClosesAnIdleConnectionWithoutAWord) {
  http::HttpLimits limits;
  limits.idle_timeout = std::chrono::milliseconds(5);
  limits.head_timeout = std::chrono::hours(1);
  SocketSession peer(answer_path, limits);
  peer.run_to_end();
  EXPECT_EQ(peer.received(), "");

  SocketSession answered(answer_body, limits);
  answered.send(post_head(1) + "a");
  EXPECT_TRUE(has(answered.received(), "body=a"));
  answered.run_to_end();
  EXPECT_EQ(answered.received(), "");
}

TEST(Session, DrainEndsAnIdleConnectionAtOnceAndABusyOneAfterItsAnswer) {
  SocketSession idle(answer_body);
  idle.send(post_head(1) + "a");
  EXPECT_TRUE(has(idle.received(), "keep-alive"));
  idle.session().drain();
  idle.settle();
  EXPECT_TRUE(idle.ended());

  SocketSession busy(answer_body);
  busy.send(post_head(3) + "a");
  busy.settle();
  busy.session().drain();
  busy.settle();
  EXPECT_FALSE(busy.ended());
  busy.send("bc");
  const std::string answer = busy.received();
  EXPECT_TRUE(has(answer, "body=abc"));
  EXPECT_TRUE(has(answer, "connection: close\r\n"));
  EXPECT_TRUE(busy.ended());
}

TEST(Session, DrainAnswersTheRequestThatHadArrived) {
  SocketSession session(answer_body);
  session.settle();
  session.send(post_head(1) + "a");
  session.session().drain();
  const std::string answer = session.received();
  EXPECT_TRUE(has(answer, "body=a")) << answer;
  EXPECT_TRUE(has(answer, "connection: close\r\n"));
  EXPECT_TRUE(session.ended());
}

TEST(Session, DrainLetsAClientReadTheAnswerBesideABodyThatGoesOn) {
  http::HttpLimits limits;
  limits.discard_bytes_max = kGiB * 1024;
  SocketSession peer(answer_path, limits);
  peer.send(post_head(kGiB) + std::string(1000, 'x'));
  EXPECT_TRUE(has(peer.received(), "path=/b"));
  peer.workers().before_next_job = [&peer] { peer.session().drain(); };
  peer.send(std::string(100'000, 'x'));
  peer.settle();
  EXPECT_FALSE(peer.workers().before_next_job) << "nothing was discarded";
  EXPECT_FALSE(peer.ended()) << "the client would have met a reset instead of the answer";
  EXPECT_FALSE(peer.refused_bytes());
  // But a server that wants to end does not wait for all that somebody still sends.
  while (!peer.refused_bytes()) peer.send(std::string(100'000, 'x'));
  EXPECT_TRUE(peer.ended());
}

TEST(Session, DrainLetsTheRefusalOfAConnectionBeWritten) {
  const std::string long_text(4 * kMiB, 'x');
  SocketSession peer(answer_path, {}, Error{ErrorCode::overloaded, long_text});
  peer.settle();  // More than the socket takes at once.
  peer.session().drain();
  peer.end_sending();
  std::string answer;
  while (!peer.ended()) answer += peer.received();
  EXPECT_TRUE(answer.ends_with(long_text)) << answer.size();
}

// A body of one file, which may be shorter than it promised.
class FileBody final : public http::ResponseBody {
 public:
  FileBody(std::shared_ptr<File> file, std::uint64_t bytes)
      : file_(std::move(file)), bytes_(bytes) {}
  [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }
  [[nodiscard]] Task<Result<Segment>> next(bool) override {
    co_return Segment{.file = file_, .offset = 0, .bytes = bytes_, .data = {}};
  }

 private:
  std::shared_ptr<File> file_;
  std::uint64_t bytes_;
};

struct Guard {
  bool* written;
  ~Guard() { *written = true; }
};

TEST(Session, SendsAFileAndThenLetsGoOfTheGuard) {
  const TemporaryDirectory directory;
  const auto files = make_posix_file_system();
  const std::string path = directory.path() + "/content";
  ASSERT_TRUE(files->write_small(path, std::string(3 * kMiB, '#')));
  bool written = false;
  std::uint64_t promised = 3 * kMiB;
  auto handler = [&](Exchange&) -> Task<Response> {
    Response response;
    std::shared_ptr<File> file = files->open_read(path).value();
    response.stream = std::make_unique<FileBody>(std::move(file), promised);
    response.written_guard = std::make_shared<Guard>(&written);
    co_return response;
  };
  SocketSession peer(handler);
  peer.send(kGet);
  peer.settle();
  EXPECT_FALSE(written) << "the socket's buffer cannot hold all of it";
  const std::string answer = peer.received();
  EXPECT_TRUE(written);
  EXPECT_EQ(count_of(answer, "#"), 3 * kMiB);

  promised = 4 * kMiB;
  peer.send(kGet);
  EXPECT_LT(peer.received().size(), promised) << "nothing is padded";
  EXPECT_TRUE(peer.ended());
}

}  // namespace
}  // namespace partwise::test
