#include "http/listener.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "http/tcp_connection.hpp"
#include "http/tls_connection.hpp"

namespace partwise::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
// The machine is short of descriptors or memory: a breath, so that connections can end.
constexpr std::chrono::milliseconds kAcceptPause{50};

// Connections over the limit that get an answer all the same; beyond them they are closed without a
// word.
constexpr std::size_t kRefusalsMax = 256;

Error too_many() {
  return {ErrorCode::overloaded, "The server has too many connections. Try again later."};
}

std::string text_of(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}
}  // namespace

struct Listener::Acceptor {
  explicit Acceptor(asio::io_context& loop) : socket(loop), pause(loop) {}
  tcp::acceptor socket;
  asio::steady_timer pause;
};

Listener::Listener(asio::io_context& loop, SessionParts parts)
    : loop_(loop), parts_(parts), acceptor_(std::make_unique<Acceptor>(loop)) {}
Listener::~Listener() = default;

Result<> Listener::open(const ListenAddress& address) {
  const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(host, error);
  const tcp::endpoint endpoint(ip, address.port);
  auto& socket = acceptor_->socket;
  if (!error) socket.open(endpoint.protocol(), error);
  if (!error) socket.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) socket.bind(endpoint, error);
  if (!error) socket.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorCode::invalid_request, fmt::format("cannot listen on {}:{}: {}", address.host,
                                                        address.port, error.message()));
  }
  return {};
}

std::string Listener::local_address() const {
  boost::system::error_code error;
  return text_of(acceptor_->socket.local_endpoint(error));
}

Task<> Listener::run() {
  co_await accept_loop();
  if (!sessions_.empty()) {
    auto wait = [this](Completion<bool> complete) { all_ended_ = std::move(complete); };
    (void)co_await await_completion<bool>(
        std::move(wait));  // The value only says that it happened.
  }
}

Task<> Listener::accept_loop() {
  auto& socket = acceptor_->socket;
  while (!draining_) {
    tcp::endpoint peer;
    auto [error, accepted] =
        co_await socket.async_accept(peer, asio::as_tuple(asio::use_awaitable));
    if (draining_) break;
    if (error) {
      // One line for a whole series of failures.
      if (!std::exchange(accept_failing_, true))
        parts_.log.warning("accept failed: " + error.message());
      acceptor_->pause.expires_after(kAcceptPause);
      (void)co_await acceptor_->pause.async_wait(asio::as_tuple(asio::use_awaitable));  // A pause.
      continue;
    }
    accept_failing_ = false;
    boost::system::error_code ignored;  // Where these fail, the first transfer will say so.
    accepted.set_option(tcp::no_delay(true), ignored);
    accepted.native_non_blocking(true, ignored);
    const int descriptor = accepted.release(ignored);
    if (sessions_.size() >= parts_.limits.connections_max + kRefusalsMax) {
      ::close(descriptor);
      continue;
    }
    try {
      start_session(descriptor, text_of(peer));
    } catch (const std::exception& exception) {
      // The machine is exhausted: this connection is lost, the server goes on.
      parts_.log.error(fmt::format("could not serve a connection: {}", exception.what()));
    }
  }
}

void Listener::start_session(int descriptor, std::string peer) {
  auto connection =
      tls_ ? make_tls_connection(loop_, parts_.workers, *tls_, descriptor, std::move(peer))
           : make_tcp_connection(loop_, descriptor, std::move(peer));
  const bool is_refused = sessions_.size() >= parts_.limits.connections_max;
  const auto place =
      sessions_.insert(sessions_.end(), std::make_unique<Session>(parts_, std::move(connection)));
  auto on_end = [this, place](std::exception_ptr error) {
    if (error) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& exception) {
        parts_.log.error(fmt::format("a session failed: {}", exception.what()));
      }
    }
    sessions_.erase(place);
    if (sessions_.empty() && all_ended_) std::exchange(all_ended_, std::nullopt).value()(true);
  };
  try {
    Session& session = **place;
    asio::co_spawn(loop_, is_refused ? session.refuse(too_many()) : session.run(),
                   std::move(on_end));
  } catch (...) {
    sessions_.erase(place);
    throw;
  }
}

void Listener::drain() {
  if (draining_) return;
  draining_ = true;
  boost::system::error_code ignored;
  acceptor_->socket.close(ignored);
  acceptor_->pause.cancel();
  for (const auto& session : sessions_) session->drain();
}

void Listener::abort_all() {
  for (const auto& session : sessions_) session->abort();
}

}  // namespace partwise::http
