#include "api/dispatcher.hpp"

#include <fmt/format.h>

#include <utility>

#include "api/auth.hpp"
#include "api/error_response.hpp"
#include "api/headers.hpp"
#include "api/uploads.hpp"

namespace partwise::api {

namespace {

// Holds two things until the answer was written.
std::shared_ptr<void> hold_both(std::shared_ptr<void> first, std::shared_ptr<void> second) {
  if (!first) return second;
  if (!second) return first;
  return std::make_shared<std::pair<std::shared_ptr<void>, std::shared_ptr<void>>>(
      std::move(first), std::move(second));
}

}  // namespace

Dispatcher::Dispatcher(Services services, Admission admission, const Clock& clock, Log& log)
    : services_(std::move(services)), admission_(admission), clock_(clock), log_(log) {}

http::Handler Dispatcher::handler() {
  return [this](http::Exchange& exchange) { return answer(exchange); };
}

http::Handler Dispatcher::operation_handler() {
  return [this](http::Exchange& exchange) { return answer_at(exchange, Face::operation); };
}

http::ErrorRenderer Dispatcher::error_renderer() { return &error_response; }

Task<http::Response> Dispatcher::answer_at(http::Exchange& exchange, Face face) {
  Call call{.exchange = exchange};
  http::Response response = co_await respond(call, face);
  response.written_guard = hold_both(std::move(response.written_guard), std::move(call.slot));
  co_return response;
}

Task<http::Response> Dispatcher::respond(Call& call, Face face) {
  const MonotonicTime start = clock_.monotonic_now();
  auto answered = co_await route(call, face);
  if (!answered) {
    const Error& error = answered.error();
    if (is_server_fault(error.code)) {
      log_.error(fmt::format("{} failed: {}", call.exchange.request_id(), error.message));
    }
    co_return error_response(error, call.exchange.head());
  }
  // A 405 has its headers already.
  if (answered->status >= 400) co_return std::move(*answered);
  add_common_headers(*answered);
  if (!call.identity.project.text.empty()) {
    const auto elapsed = clock_.monotonic_now() - start;
    add_success_headers(*answered, call.identity.project,
                        std::chrono::duration_cast<std::chrono::milliseconds>(elapsed));
  }
  co_return std::move(*answered);
}

Task<Result<http::Response>> Dispatcher::route(Call& call, Face face) {
  const http::RequestHead& head = call.exchange.head();
  if (face == Face::operation && !is_operation_path(head.path)) co_return fail(invalid_url(head));
  RouteMatch match = match_route(head.method, head.path);
  if (match.route != nullptr) call.exchange.set_route(match.route->name);
  // Before the match is told: who has no key learns nothing of the table.
  if (face == Face::main) CO_CHECK(admit(call, match.route));
  if (match.route == nullptr) {
    if (match.allowed_methods.empty()) co_return fail(invalid_url(head));
    co_return method_not_allowed_response(match.allowed_methods, head);
  }
  call.id = std::move(match.id);
  CO_CHECK(co_await read_body(call, match.route->body));
  co_return co_await match.route->endpoint(call, services_);
}

Result<> Dispatcher::admit(Call& call, const Route* route) const {
  const http::RequestHead& head = call.exchange.head();
  const bool for_admins = route != nullptr && needs_admin(route->access);
  if (!for_admins && !below_mount(head.path)) return {};
  TRY(call.identity, authenticate(head, admission_.authenticator));
  call.exchange.set_project(call.identity.project.text);
  CHECK(admission_.rate_limiter.admit(call.identity.key));
  // A key whose streams take every place can still end their upload.
  const bool frees = route != nullptr && route->endpoint == run<cancel_upload>;
  if (!frees) {
    TRY(call.slot, admission_.slots.take(call.identity.key));
  }
  return for_admins ? require_admin(call.identity) : Result<>{};
}

Task<Result<>> Dispatcher::read_body(Call& call, Body body) {
  const http::RequestHead& head = call.exchange.head();
  if (body == Body::stream || head.framing == http::Framing::none) co_return Result<>{};
  const ApiLimits& limits = services_.limits;
  const std::size_t bytes_max =
      body == Body::text ? limits.json_bytes_max : limits.ignored_bytes_max;
  // Said before the client is told to go on with it.
  const bool declared_too_large =
      head.framing == http::Framing::length && head.content_length > bytes_max;
  Result<std::string> text;
  if (declared_too_large) {
    text = fail(ErrorCode::too_large,
                fmt::format("The request body is larger than {} bytes.", bytes_max));
  } else {
    text = co_await call.exchange.read_text(bytes_max);
  }
  if (body == Body::none) {
    // Nobody asked for it, so that its size is no reason to refuse the verb: the session drops the
    // rest.
    if (text || text.error().code == ErrorCode::too_large) co_return Result<>{};
  }
  CO_TRY(call.body_text, std::move(text));
  co_return Result<>{};
}

}  // namespace partwise::api
