#pragma once

// From a request to its answer: authenticate, find the route, call its handler, and give every
// answer its headers. This is all that the HTTP server sees of the API.

#include "api/routes.hpp"
#include "api/services.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "core/authenticator.hpp"
#include "core/rate_limiter.hpp"
#include "core/request_slots.hpp"
#include "http/exchange.hpp"

namespace partwise::api {

// Who may ask at all, and how often. All outlive the dispatcher.
struct Admission {
  const Authenticator& authenticator;
  RateLimiter& rate_limiter;
  RequestSlots& slots;
};

// Lives on the loop. What it is given outlives it, and it outlives every exchange.
class Dispatcher {
 public:
  Dispatcher(Services services, Admission admission, const Clock& clock, Log& log);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  [[nodiscard]] Task<http::Response> answer(http::Exchange& exchange) {
    return answer_at(exchange, Face::main);
  }

  // What the HTTP server is built with.
  [[nodiscard]] http::Handler handler();
  // The same for the listener for operation: its few paths without a key, and nothing else.
  [[nodiscard]] http::Handler operation_handler();
  [[nodiscard]] static http::ErrorRenderer error_renderer();

 private:
  // Which listener a request came in by.
  enum class Face : std::uint8_t { main, operation };

  [[nodiscard]] Task<http::Response> answer_at(http::Exchange& exchange, Face face);
  [[nodiscard]] Task<http::Response> respond(Call& call, Face face);
  [[nodiscard]] Task<Result<http::Response>> route(Call& call, Face face);
  // Errors: unauthenticated; invalid_key; rate_limited; forbidden.
  [[nodiscard]] Result<> admit(Call& call, const Route* route) const;
  [[nodiscard]] Task<Result<>> read_body(Call& call, Body body);

  const Services services_;
  const Admission admission_;
  const Clock& clock_;
  Log& log_;
};

}  // namespace partwise::api
