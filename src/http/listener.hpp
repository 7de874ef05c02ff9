#pragma once

// Accepts connections, runs a Session on each, and ends them in order at shutdown. Lives on the
// loop.

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "base/call_after.hpp"
#include "http/session.hpp"
#include "http/tls_context.hpp"

namespace boost::asio {
class io_context;
}

namespace partwise::http {

struct ListenAddress {
  std::string host;        // A numeric IPv4 or IPv6 address, or `localhost`.
  std::uint16_t port = 0;  // 0: the system chooses.
};

class Listener {
 public:
  Listener(boost::asio::io_context& loop, SessionParts parts);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Binds and listens. Error: invalid_request with a sentence that names the address and the
  // reason.
  [[nodiscard]] Result<> open(const ListenAddress& address);
  // Connections accepted from now on speak TLS with `context`; null: they speak plain HTTP. On the
  // loop.
  void set_tls(std::shared_ptr<const TlsContext> context) { tls_ = std::move(context); }
  // `host:port` as bound.
  [[nodiscard]] std::string local_address() const;

  // Accepts until `drain`, then waits until every session has ended.
  [[nodiscard]] Task<> run();
  // Accepts no more; idle connections end now, and busy ones, and those on which a request has
  // begun to arrive, after their answer.
  void drain();
  // Ends all connections.
  void abort_all();

  [[nodiscard]] std::size_t connections() const { return sessions_.size(); }

 private:
  struct Acceptor;

  [[nodiscard]] Task<> accept_loop();
  void start_session(int descriptor, std::string peer);

  boost::asio::io_context& loop_;
  SessionParts parts_;
  std::shared_ptr<const TlsContext> tls_;
  std::unique_ptr<Acceptor> acceptor_;
  std::list<std::unique_ptr<Session>> sessions_;
  bool draining_ = false;
  bool accept_failing_ = false;
  std::optional<Completion<bool>> all_ended_;
};

}  // namespace partwise::http
