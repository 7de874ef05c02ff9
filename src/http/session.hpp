#pragma once

// One connection, from accept to close: reads a head, has the request answered, writes the answer,
// and again.

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/worker_pool.hpp"
#include "http/buffer_pool.hpp"
#include "http/connection.hpp"
#include "http/connection_input.hpp"
#include "http/exchange.hpp"
#include "http/limits.hpp"
#include "http/request_record.hpp"

namespace partwise::http {

// What a session stands on. All outlive it.
struct SessionParts {
  Handler& handler;
  ErrorRenderer& render_error;
  WorkerPool& workers;
  BufferPool& buffers;
  const Clock& clock;
  Random& random;
  Log& log;
  const HttpLimits& limits;
  RequestObserver* observer = nullptr;  // Null: nobody counts.
};

class Session {
 public:
  Session(SessionParts parts, std::shared_ptr<Connection> connection);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Until the connection ends.
  [[nodiscard]] Task<> run();

  // Instead of `run`: answers `error` whatever was sent, and ends.
  [[nodiscard]] Task<> refuse(Error error);

  // No request that has not begun to arrive: an idle connection ends now, a busy one after its
  // answer. On the loop.
  void drain();
  // Ends the connection. On the loop.
  void abort() { connection_->abort(); }

 private:
  struct Served {
    bool keep_alive = false;
    bool discard_rest = false;  // A part of the body was not read.
  };

  // False where the connection cannot be served.
  [[nodiscard]] Task<bool> open();
  [[nodiscard]] Task<Result<RequestHead>> read_head();
  [[nodiscard]] Task<Served> serve(RequestHead head);
  [[nodiscard]] Task<Response> handle(Exchange& exchange);
  void tell(const RequestRecord& record);
  void log_broken_answer(const Error& error, const std::string& request_id);
  [[nodiscard]] Task<> refuse_head(Error error);
  // The client must be able to read our answer before it meets a reset: half-closes, reads and
  // discards.
  [[nodiscard]] Task<> discard_rest();
  // A burst of that, of at most `bytes_max`: how many bytes. Errors: those of the connection.
  [[nodiscard]] Result<std::uint64_t> discard_now(std::uint64_t bytes_max);

  SessionParts parts_;
  const std::shared_ptr<Connection> connection_;
  ConnectionInput input_;
  bool draining_ = false;
  bool idle_ = false;
  bool discarding_ = false;
};

// A new request id: `req_` and 32 hexadecimal digits.
[[nodiscard]] std::string make_request_id(Random& random);

}  // namespace partwise::http
