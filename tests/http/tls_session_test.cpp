// The HTTP session under TLS, with a real client of OpenSSL at the other end of a socket.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "http/session.hpp"
#include "http/tls_connection.hpp"
#include "support/run_task.hpp"
#include "support/socket_session.hpp"
#include "support/test_certificate.hpp"
#include "support/tls_client.hpp"

namespace partwise::test {
namespace {

using http::Exchange;
using http::Response;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kLastGet = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

const http::TlsContext& context() {
  static const auto made = [] {
    const auto certificate = make_certificate("first");
    return http::TlsContext::from_pem(certificate.certificate, certificate.key).value();
  }();
  return *made;
}

std::string post(std::size_t bytes, std::string_view sent) {
  return "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
         std::string(sent);
}

bool has(const std::string& text, std::string_view what) { return text.contains(what); }

Task<Response> answer_path(Exchange& exchange) {
  Response response;
  response.text = "path=" + exchange.head().path;
  co_return response;
}

// More than any socket takes at once.
std::string long_text() {
  std::string text;
  for (int i = 0; text.size() < 6 * kMiB; ++i) text += std::to_string(i) + ",";
  return text;
}

Task<Response> answer_long_text(Exchange&) {
  Response response;
  response.text = long_text();
  co_return response;
}

// Promises more than it gives.
class BrokenBody final : public http::ResponseBody {
 public:
  std::uint64_t bytes() const override { return 10; }
  Task<Result<Segment>> next(bool) override {
    if (std::exchange(broken_, true)) co_return fail(ErrorCode::io_failure, "Gone.");
    co_return Segment{.file = nullptr, .offset = 0, .bytes = 5, .data = as_bytes("hello")};
  }

 private:
  bool broken_ = false;
};

Task<Response> answer_half(Exchange&) {
  Response response;
  response.stream = std::make_unique<BrokenBody>();
  co_return response;
}

// A server's session and a client's TLS, joined.
class TlsPeer {
 public:
  explicit TlsPeer(http::Handler handler, http::HttpLimits limits = {},
                   TlsClientOptions options = {}, std::optional<Error> refusal = std::nullopt)
      : session(std::move(handler), limits, std::move(refusal), nullptr, &context()),
        tls(options) {}

  bool connect() {
    for (int turn = 0; turn < 8 && !tls.failed(); ++turn) {
      const bool done = tls.handshake();
      move_bytes();
      if (done) return true;
    }
    return false;
  }
  void send(std::string_view text) {
    tls.write(text);
    session.send(tls.to_send());
  }
  std::string received() {
    move_bytes();
    return tls.decrypted();
  }
  void move_bytes() {
    if (const auto bytes = tls.to_send(); !bytes.empty()) session.send(bytes);
    if (const auto bytes = session.received(); !bytes.empty()) tls.receive(bytes);
  }

  SocketSession session;
  TlsClient tls;
};

TEST(TlsSession, AgreesOnHttp11AndAnswersOneRequestAfterTheOther) {
  TlsPeer peer(answer_path);
  ASSERT_TRUE(peer.connect());
  EXPECT_EQ(peer.tls.version(), TLS1_3_VERSION);
  EXPECT_EQ(peer.tls.protocol(), "http/1.1");
  EXPECT_EQ(peer.tls.server_name(), "first");
  for (int i = 0; i < 2; ++i) {
    peer.send(kGet);
    EXPECT_TRUE(has(peer.received(), "path=/a"));
  }
  EXPECT_FALSE(peer.session.ended());
}

TEST(TlsSession, SpeaksTls12AndNothingOlder) {
  TlsPeer peer(answer_path, {}, {.version_max = TLS1_2_VERSION});
  ASSERT_TRUE(peer.connect());
  peer.send(kGet);
  EXPECT_TRUE(has(peer.received(), "path=/a"));
  TlsPeer old(answer_path, {}, {.version_max = TLS1_1_VERSION});
  EXPECT_FALSE(old.connect());
}

TEST(TlsSession, RefusesAClientThatSpeaksOtherProtocolsOnly) {
  TlsPeer peer(answer_path, {}, {.protocols = "\x02h2"});
  EXPECT_FALSE(peer.connect());
  TlsPeer silent(answer_path, {}, {.protocols = ""});
  EXPECT_TRUE(silent.connect());
}

TEST(TlsSession, TakesAHandshakeAndARequestByteByByte) {
  TlsPeer peer(answer_path);
  std::string answer;
  bool asked = false;
  for (int turn = 0; turn < 8; ++turn) {
    if (peer.tls.handshake() && !std::exchange(asked, true)) peer.tls.write(kGet);
    for (const char byte : peer.tls.to_send()) {
      peer.session.send(std::string_view(&byte, 1));
      peer.session.settle();
    }
    peer.tls.receive(peer.session.received());
    if (asked) answer += peer.tls.decrypted();
  }
  EXPECT_TRUE(has(answer, "path=/a"));
}

TEST(TlsSession, ABodyOfManyRecordsArrivesWhole) {
  const std::string content = long_text().substr(0, 900'000);
  std::string seen;
  auto keep = [&seen](Exchange& exchange) -> Task<Response> {
    auto text = co_await exchange.read_text(kMiB);
    if (text) seen = std::move(*text);
    co_return Response{};
  };
  TlsPeer peer(keep);
  ASSERT_TRUE(peer.connect());
  peer.send(post(content.size(), content));
  EXPECT_TRUE(has(peer.received(), "200 OK"));
  EXPECT_EQ(seen, content);
}

// The socket is empty, and the bytes are there.
TEST(TlsSession, WhatIsDecryptedNeedsNoSocketToBecomeReadable) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  boost::asio::io_context loop;
  InlineWorkerPool workers;
  const auto connection = http::make_tls_connection(loop, workers, context(), ends[0], "test");
  connection->set_deadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
  TlsClient client;
  const auto exchange_bytes = [&] {
    const auto out = client.to_send();
    (void)::send(ends[1], out.data(), out.size(), 0);  // A test of a socket pair: it takes them.
    std::array<char, 16384> in{};
    const auto count = ::recv(ends[1], in.data(), in.size(), 0);
    if (count > 0) client.receive({in.data(), static_cast<std::size_t>(count)});
  };
  std::optional<Result<>> opened;
  boost::asio::co_spawn(loop, connection->open(),
                        [&](std::exception_ptr, Result<> result) { opened = std::move(result); });
  for (int turn = 0; turn < 8 && !opened; ++turn) {
    client.handshake();
    exchange_bytes();
    loop.restart();
    loop.poll();
  }
  ASSERT_TRUE(opened && opened->has_value());
  client.write("0123456789");
  exchange_bytes();
  std::array<std::byte, 4> four{};
  EXPECT_EQ(connection->read_now(four), 4U);
  EXPECT_TRUE(run_task(loop, connection->wait_readable()).has_value());
  EXPECT_EQ(connection->read_now(four), 4U);
  EXPECT_EQ(connection->read_now(four), 2U);
  EXPECT_EQ(connection->read_now(four).error().code, ErrorCode::would_block);
  EXPECT_EQ(run_task(loop, connection->wait_readable()).error().code, ErrorCode::timed_out);
  connection->interrupt();
  EXPECT_EQ(connection->read_now(four).error().code, ErrorCode::cut);
  ::close(ends[1]);
}

TEST(TlsSession, AClientThatStopsReadingGetsAllOfItOnceItGoesOn) {
  TlsPeer peer(answer_long_text);
  ASSERT_TRUE(peer.connect());
  peer.send(kLastGet);
  peer.session.settle();  // Nobody reads: the server must wait for room.
  EXPECT_FALSE(peer.session.ended());
  const std::string answer = peer.received();
  EXPECT_TRUE(answer.ends_with(long_text()));
  EXPECT_TRUE(peer.session.ended());
}

TEST(TlsSession, AClientThatNeverReadsIsEndedInTime) {
  http::HttpLimits limits;
  limits.send_stall_max = limits.send_grace = std::chrono::milliseconds(20);
  TlsPeer peer(answer_long_text, limits);
  ASSERT_TRUE(peer.connect());
  peer.send(kGet);
  peer.session.run_to_end();
  EXPECT_FALSE(peer.received().ends_with(long_text()));
  EXPECT_FALSE(peer.tls.saw_end()) << "a broken answer has no orderly end";
}

TEST(TlsSession, AHandshakeThatNeverEndsIsEndedInTimeAndByADrain) {
  http::HttpLimits limits;
  limits.head_timeout = std::chrono::milliseconds(20);
  TlsPeer slow(answer_path, limits);
  slow.tls.handshake();
  slow.session.send(slow.tls.to_send().substr(0, 50));
  slow.session.run_to_end();
  TlsPeer drained(answer_path);
  drained.session.settle();
  EXPECT_FALSE(drained.session.ended());
  drained.session.session().drain();
  drained.session.settle();
  EXPECT_TRUE(drained.session.ended());
}

TEST(TlsSession, ADrainInTheHandshakeAnswersTheRequestThatCameWithIt) {
  TlsPeer peer(answer_path);
  peer.tls.handshake();
  peer.move_bytes();
  ASSERT_TRUE(peer.tls.handshake());
  peer.tls.write(kGet);
  peer.session.workers().before_next_job = [&peer] { peer.session.session().drain(); };
  peer.move_bytes();
  EXPECT_TRUE(has(peer.received(), "path=/a"));
  EXPECT_TRUE(peer.session.ended());
}

TEST(TlsSession, OwnsNoBufferBeforeARequest) {
  TlsPeer peer(answer_path);
  http::Buffer only = peer.session.buffers().take_small();
  const auto* const memory = only.memory.get();
  peer.session.buffers().give_back(std::move(only));
  ASSERT_TRUE(peer.connect());
  peer.session.settle();
  EXPECT_EQ(peer.session.buffers().take_small().memory.get(), memory) << "the session has it";
}

TEST(TlsSession, NewKeysAreTakenAndAFloodOfThemEndsTheConnection) {
  TlsPeer peer(answer_path);
  ASSERT_TRUE(peer.connect());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) peer.tls.update_key();
    peer.send(kGet);
    EXPECT_TRUE(has(peer.received(), "path=/a"));
  }
  EXPECT_FALSE(peer.session.ended());
  for (int i = 0; i < 40; ++i) peer.tls.update_key();
  peer.move_bytes();
  EXPECT_TRUE(peer.session.ended());
}

TEST(TlsSession, GarbageIsRefusedAndPlainHttpIsToldWhy) {
  TlsPeer garbage(answer_path);
  garbage.session.send(std::string(2000, '\x7f'));
  EXPECT_EQ(garbage.session.received().find("HTTP"), std::string::npos);
  EXPECT_TRUE(garbage.session.end_of_answers());
  garbage.session.end_sending();
  garbage.session.settle();
  EXPECT_TRUE(garbage.session.ended());

  TlsPeer plain(answer_path);
  plain.session.send(kGet);
  const std::string answer = plain.session.received();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  const auto body = answer.substr(answer.find("\r\n\r\n") + 4);
  EXPECT_TRUE(has(body, "https://"));
  EXPECT_TRUE(has(answer, "content-length: " + std::to_string(body.size()) + "\r\n"));
  plain.session.hang_up();
  plain.session.settle();
  EXPECT_TRUE(plain.session.ended());
}

// Whoever stands between can cut the connection, and must not make a whole body of half of one.
TEST(TlsSession, ABodyThatEndsEarlyIsIncompleteWithAndWithoutAFarewell) {
  for (const bool farewell : {true, false}) {
    std::optional<ErrorCode> seen;
    auto note = [&seen](Exchange& exchange) -> Task<Response> {
      auto text = co_await exchange.read_text(kMiB);
      seen = text ? ErrorCode::internal : text.error().code;
      co_return Response{};
    };
    TlsPeer peer(note);
    ASSERT_TRUE(peer.connect());
    peer.send(post(10, "hello"));
    peer.session.settle();
    EXPECT_FALSE(seen.has_value());
    if (farewell) {
      peer.tls.close_notify();
      peer.session.send(peer.tls.to_send());
    }
    peer.session.end_sending();
    peer.session.settle();
    EXPECT_EQ(seen, ErrorCode::disconnected);
    EXPECT_TRUE(peer.session.ended());
  }
}

TEST(TlsSession, OnlyAWholeAnswerIsFollowedByAnOrderlyEnd) {
  TlsPeer whole(answer_path);
  ASSERT_TRUE(whole.connect());
  whole.send(kLastGet);
  EXPECT_TRUE(has(whole.received(), "path=/a"));
  EXPECT_TRUE(whole.tls.saw_end());

  TlsPeer half(answer_half);
  ASSERT_TRUE(half.connect());
  half.send(kLastGet);
  EXPECT_TRUE(half.received().ends_with("hello"));
  EXPECT_TRUE(half.session.end_of_answers());
  EXPECT_FALSE(half.tls.saw_end());
}

TEST(TlsSession, ARefusedConnectionReadsWhy) {
  TlsPeer peer(answer_path, {}, {}, Error{ErrorCode::overloaded, "Too many."});
  ASSERT_TRUE(peer.connect());
  peer.send(kGet);
  EXPECT_TRUE(has(peer.received(), "Too many."));
}

}  // namespace
}  // namespace partwise::test
