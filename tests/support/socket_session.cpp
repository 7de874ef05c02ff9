#include "support/socket_session.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <csignal>
#include <exception>
#include <stdexcept>
#include <utility>

#include "http/tcp_connection.hpp"
#include "http/tls_connection.hpp"

namespace partwise::test {

namespace {

http::Response rendered(const Error& error, const http::RequestHead&) {
  http::Response response;
  response.status = error.code == ErrorCode::internal ? 500 : 400;
  response.text = error.message;
  return response;
}

}  // namespace

SocketSession::SocketSession(http::Handler handler, http::HttpLimits limits,
                             std::optional<Error> refusal, http::RequestObserver* observer,
                             const http::TlsContext* tls)
    : limits_(limits), buffers_(limits_), handler_(std::move(handler)), render_error_(rendered) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::runtime_error("no socket pair");
  }
  client_ = ends[1];
  const http::SessionParts parts{.handler = handler_,
                                 .render_error = render_error_,
                                 .workers = workers_,
                                 .buffers = buffers_,
                                 .clock = clock_,
                                 .random = random_,
                                 .log = log_,
                                 .limits = limits_,
                                 .observer = observer};
  ::signal(SIGPIPE, SIG_IGN);  // As the program does.
  auto connection = tls == nullptr
                        ? http::make_tcp_connection(loop_, ends[0], "test")
                        : http::make_tls_connection(loop_, workers_, *tls, ends[0], "test");
  session_ = std::make_unique<http::Session>(parts, std::move(connection));
  auto on_end = [this](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
    ended_ = true;
  };
  boost::asio::co_spawn(loop_, refusal ? session_->refuse(*refusal) : session_->run(), on_end);
}

SocketSession::~SocketSession() {
  session_->abort();
  session_->drain();
  if (client_ >= 0) ::close(client_);
  run_to_end();
}

void SocketSession::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      settle();
      read_available();
    } else {
      refused_bytes_ = true;
      return;
    }
  }
}

void SocketSession::end_sending() { ::shutdown(client_, SHUT_WR); }

void SocketSession::hang_up() {
  ::close(client_);
  client_ = -1;
}

void SocketSession::settle() {
  loop_.restart();
  while (loop_.poll() > 0) {
  }
}

void SocketSession::run_to_end() {
  while (!ended_) {
    loop_.restart();
    loop_.run_one();
  }
}

std::string SocketSession::received() {
  settle();
  read_available();
  settle();
  read_available();
  return std::exchange(received_, {});
}

void SocketSession::read_available() {
  std::array<char, 65536> buffer{};
  while (client_ >= 0) {
    const ssize_t count = ::recv(client_, buffer.data(), buffer.size(), 0);
    if (count == 0) end_of_answers_ = true;
    if (count <= 0) return;
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    settle();
  }
}

}  // namespace partwise::test
