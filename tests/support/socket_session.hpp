#pragma once

// One http::Session over one end of a real socket pair; the test holds the other end. Everything
// runs on the caller's thread, so that a test says exactly when the server gets to run.

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/worker_pool.hpp"
#include "http/session.hpp"
#include "http/tls_context.hpp"

namespace partwise::test {

// Runs every job at once, and before the next one what a test wants to happen in the middle of it.
class HookedWorkers final : public WorkerPool {
 public:
  void post(Job job) override {
    if (const auto hook = std::exchange(before_next_job, {})) hook();
    job();
  }
  [[nodiscard]] bool is_busy() const override { return true; }

  std::function<void()> before_next_job;
};

class SocketSession {
 public:
  // `handler` answers; a failure that the session finds itself becomes its status and message.
  // With `refusal`, the session answers that instead of serving; with `tls`, it speaks TLS.
  explicit SocketSession(http::Handler handler, http::HttpLimits limits = {},
                         std::optional<Error> refusal = std::nullopt,
                         http::RequestObserver* observer = nullptr,
                         const http::TlsContext* tls = nullptr);
  ~SocketSession();
  SocketSession(const SocketSession&) = delete;
  SocketSession& operator=(const SocketSession&) = delete;

  // As the client.
  void send(std::string_view bytes);
  void end_sending();
  void hang_up();

  // Lets the server work until it has nothing left to do but wait.
  void settle();
  // Lets the server work until the session has ended: for time-outs.
  void run_to_end();
  // Everything that the server has answered since the last call, after settling.
  std::string received();
  [[nodiscard]] bool ended() const { return ended_; }
  // The server has closed its sending direction, seen after `received`.
  [[nodiscard]] bool end_of_answers() const { return end_of_answers_; }
  // True where the client could not send because the server had reset the connection.
  [[nodiscard]] bool refused_bytes() const { return refused_bytes_; }

  http::Session& session() { return *session_; }
  HookedWorkers& workers() { return workers_; }
  http::BufferPool& buffers() { return buffers_; }

 private:
  void read_available();

  http::HttpLimits limits_;
  boost::asio::io_context loop_{1};
  SystemClock clock_;
  SystemRandom random_;
  NullLog log_;
  HookedWorkers workers_;
  http::BufferPool buffers_;
  http::Handler handler_;
  http::ErrorRenderer render_error_;
  std::unique_ptr<http::Session> session_;
  int client_ = -1;
  bool ended_ = false;
  bool end_of_answers_ = false;
  bool refused_bytes_ = false;
  std::string received_;
};

}  // namespace partwise::test
