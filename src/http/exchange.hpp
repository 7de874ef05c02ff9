#pragma once

// One request on its way to its answer: the head, the body as a stream, and the right to interrupt
// it. The session makes one for each request; the handler gets it and returns a Response.

#include <functional>
#include <string>
#include <string_view>

#include "base/byte_source.hpp"
#include "base/task.hpp"
#include "http/connection.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace partwise::http {

class Exchange {
 public:
  virtual ~Exchange() = default;

  [[nodiscard]] virtual const RequestHead& head() const = 0;
  // `req_` + 32 hexadecimal digits: goes into the answer's x-request-id and into the log.
  [[nodiscard]] virtual const std::string& request_id() const = 0;

  // The body without its framing. Asking for it is what sends `100 Continue`. Errors of the source:
  // invalid_request (framing), timed_out, disconnected, cut.
  [[nodiscard]] virtual ByteSource& body() = 0;

  // Reads the whole body into a text. Errors: too_large; those of the body.
  [[nodiscard]] virtual Task<Result<std::string>> read_text(std::size_t bytes_max) = 0;

  // The connection, for whoever may cut this request. Valid as long as the exchange.
  [[nodiscard]] virtual Connection& connection() = 0;

  // Shown in the log line of this request, after `project=`. Set by the authentication.
  virtual void set_project(std::string project) = 0;
  // Names what answers this request, for the log and for metrics; once. `name` lives as long as the
  // program: it is one of a few, and nothing that a client sent.
  virtual void set_route(std::string_view name) = 0;
};

// Answers every request of the server. Exceptions end in a 500 at the session.
using Handler = std::function<Task<Response>(Exchange&)>;
// Turns a failure that the session itself found (a malformed head, a full server) into an answer.
using ErrorRenderer = std::function<Response(const Error&, const RequestHead&)>;

}  // namespace partwise::http
