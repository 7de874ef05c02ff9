// TLS with real threads: transfers on workers, waits on the loop, and connections that others end
// in the middle. What ThreadSanitizer sees of it is the proof of the rule in tls_connection.hpp.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_pool.hpp"
#include "http/listener.hpp"
#include "support/test_certificate.hpp"
#include "support/tls_client.hpp"

namespace partwise::test {
namespace {

namespace asio = boost::asio;

std::shared_ptr<const http::TlsContext> context_of(const std::string& name) {
  const auto made = make_certificate(name);
  return http::TlsContext::from_pem(made.certificate, made.key).value();
}

// A listener with a loop and workers of its own. Answers each body with itself, doubled.
class TlsServer {
 public:
  TlsServer() {
    std::signal(SIGPIPE, SIG_IGN);  // As the program does.
    if (!listener_.open({.host = "127.0.0.1", .port = 0})) throw std::runtime_error("no port");
    listener_.set_tls(context_of("first"));
    asio::co_spawn(loop_, listener_.run(), [](std::exception_ptr) {});
    const std::string address = listener_.local_address();
    port_ = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
    thread_ = std::jthread([this] { loop_.run(); });
  }
  ~TlsServer() {
    abort_all();
    asio::post(loop_, [this] {
      listener_.drain();
      work_.reset();
    });
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void abort_all() {
    asio::post(loop_, [this] { listener_.abort_all(); });
  }
  void use(std::shared_ptr<const http::TlsContext> context) {
    std::promise<void> used;
    asio::post(loop_, [&] {
      listener_.set_tls(std::move(context));
      used.set_value();
    });
    used.get_future().wait();
  }

 private:
  Task<http::Response> answer(http::Exchange& exchange) {
    std::string text;
    ByteSource& body = exchange.body();
    for (;;) {
      auto work = [&body, &text]() -> Result<bool> {
        for (;;) {
          TRY(const auto piece, body.pull_now());
          if (piece.empty()) return true;
          text += as_text(piece);
        }
      };
      const auto ended = co_await run_on(workers_, std::move(work));
      if (ended) break;
      http::Response failed;
      failed.status = 400;
      if (ended.error().code != ErrorCode::would_block) co_return failed;
      if (!co_await body.wait()) co_return failed;
    }
    http::Response response;
    response.text = text + text;
    co_return response;
  }

  const http::HttpLimits limits_;
  SystemClock clock_;
  SystemRandom random_;
  NullLog log_;
  asio::io_context loop_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
  ThreadPool workers_{4};
  http::BufferPool buffers_{limits_};
  http::Handler handler_ = [this](http::Exchange& exchange) { return answer(exchange); };
  http::ErrorRenderer render_error_ = [](const Error&, const http::RequestHead&) {
    http::Response response;
    response.status = 400;
    return response;
  };
  http::Listener listener_{loop_,
                           {.handler = handler_,
                            .render_error = render_error_,
                            .workers = workers_,
                            .buffers = buffers_,
                            .clock = clock_,
                            .random = random_,
                            .log = log_,
                            .limits = limits_}};
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

// A client on a blocking socket.
class BlockingClient {
 public:
  explicit BlockingClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(socket_, reinterpret_cast<sockaddr*>(&address),
                    sizeof(address));  // Where it fails the handshake fails.
    for (int turn = 0; turn < 8 && !tls_.handshake(); ++turn) {
      if (!flush() || !fill()) break;
    }
    (void)flush();  // The same.
  }
  ~BlockingClient() { ::close(socket_); }
  BlockingClient(const BlockingClient&) = delete;
  BlockingClient& operator=(const BlockingClient&) = delete;

  // The body of the answer to `body`; shorter where the connection ended.
  std::string post(const std::string& body) {
    tls_.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body);
    const std::string length = "content-length: " + std::to_string(2 * body.size()) + "\r\n";
    if (!flush()) return {};
    std::string answer;
    for (;;) {
      answer += tls_.decrypted();
      const auto end = answer.find("\r\n\r\n");
      if (end != std::string::npos && answer.size() >= end + 4 + 2 * body.size()) {
        return answer.contains(length) ? answer.substr(end + 4) : std::string();
      }
      if (!fill()) return {};
    }
  }
  [[nodiscard]] std::string server_name() const { return tls_.server_name(); }

 private:
  bool flush() {
    const std::string bytes = tls_.to_send();
    std::string_view left = bytes;
    while (!left.empty()) {
      const auto count = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      left.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  bool fill() {
    std::array<char, 65536> buffer{};
    const auto count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    tls_.receive({buffer.data(), static_cast<std::size_t>(count)});
    return true;
  }

  int socket_;
  TlsClient tls_;
};

std::string content_of(char first, std::size_t bytes) {
  std::string content(bytes, first);
  for (std::size_t i = 0; i < bytes; i += 7) content[i] = static_cast<char>('a' + i % 23);
  return content;
}

TEST(TlsListener, ManyConnectionsAtOnceGetTheirOwnBytes) {
  TlsServer server;
  std::vector<std::future<int>> clients;
  for (int client = 0; client < 6; ++client) {
    clients.push_back(std::async(std::launch::async, [&server, client] {
      int right = 0;
      BlockingClient peer(server.port());
      for (const std::size_t bytes : {100'000U, 3U, 700'000U}) {
        const auto content = content_of(static_cast<char>('A' + client), bytes);
        right += peer.post(content) == content + content ? 1 : 0;
      }
      return right;
    }));
  }
  for (auto& client : clients) EXPECT_EQ(client.get(), 3);
}

TEST(TlsListener, EndingAllConnectionsInTheMiddleOfTheirTransfersHarmsNothing) {
  TlsServer server;
  std::vector<std::future<std::string>> clients;
  for (int client = 0; client < 4; ++client) {
    clients.push_back(std::async(std::launch::async, [&server] {
      BlockingClient peer(server.port());
      std::string last = "some";
      while (!last.empty()) last = peer.post(content_of('x', 300'000));
      return last;
    }));
  }
  // Each client goes on until its connection is ended, and new ones come until all have met it.
  for (auto& client : clients) {
    while (client.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
      server.abort_all();
    }
    EXPECT_EQ(client.get(), "");
  }
  BlockingClient after(server.port());
  EXPECT_EQ(after.post("ab"), "abab");
}

TEST(TlsListener, ANewCertificateIsForNewConnectionsAndOldOnesGoOn) {
  TlsServer server;
  BlockingClient before(server.port());
  EXPECT_EQ(before.post("ab"), "abab");
  server.use(context_of("second"));
  EXPECT_EQ(before.post("cd"), "cdcd");
  EXPECT_EQ(before.server_name(), "first");
  BlockingClient after(server.port());
  EXPECT_EQ(after.post("ef"), "efef");
  EXPECT_EQ(after.server_name(), "second");
}

}  // namespace
}  // namespace partwise::test
