#include "http/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include "base/turn.hpp"
#include "http/body_source.hpp"
#include "http/head_parser.hpp"
#include "http/request_input.hpp"
#include "http/response_writer.hpp"

namespace partwise::http {

namespace {

// While the server drains: long enough for an answer to be read.
constexpr std::chrono::milliseconds kDrainingDiscard{500};

std::unique_ptr<BodySource> body_of(const RequestHead& head, Input& input) {
  switch (head.framing) {
    case Framing::none:
      return std::make_unique<EmptyBody>();
    case Framing::length:
      return std::make_unique<LengthBody>(input, head.content_length);
    case Framing::chunked:
      return std::make_unique<ChunkedBody>(input);
  }
  return nullptr;  // A value that is no enumerator: a bug.
}

class SessionExchange final : public Exchange {
 public:
  SessionExchange(RequestHead head, std::string request_id, Connection& connection,
                  RequestInput& input, RequestObserver* observer)
      : head_(std::move(head)),
        request_id_(std::move(request_id)),
        connection_(connection),
        observer_(observer),
        body_(body_of(head_, input)) {}

  const RequestHead& head() const override { return head_; }
  const std::string& request_id() const override { return request_id_; }
  ByteSource& body() override { return *body_; }
  Connection& connection() override { return connection_; }
  void set_project(std::string project) override { project_ = std::move(project); }
  void set_route(std::string_view name) override {
    route_ = name;
    if (observer_ != nullptr) observer_->on_routed(name);
  }

  Task<Result<std::string>> read_text(std::size_t bytes_max) override {
    std::string text;
    for (;;) {
      const auto piece = body_->pull_now();
      if (!piece && piece.error().code == ErrorCode::would_block) {
        CO_CHECK(co_await body_->wait());
        continue;
      }
      if (!piece) co_return fail(piece.error());
      if (piece->empty()) co_return text;
      if (piece->size() > bytes_max - text.size()) {
        co_return fail(ErrorCode::too_large,
                       fmt::format("The request body is larger than {} bytes.", bytes_max));
      }
      text += as_text(*piece);
    }
  }

  [[nodiscard]] const std::string& project() const { return project_; }
  [[nodiscard]] std::string_view route() const { return route_; }

  // Whether the connection can take another request; reads what is left of a body that has arrived
  // already, as the `{}` that some clients send with a cancel.
  [[nodiscard]] bool finish_body() {
    constexpr std::size_t kLeftBytesMax = 64 * 1024;
    for (std::size_t left = kLeftBytesMax; !body_->finished();) {
      const auto piece = body_->pull_now();
      if (!piece || piece->size() > left) return false;
      left -= piece->size();
    }
    return true;
  }

 private:
  const RequestHead head_;
  const std::string request_id_;
  Connection& connection_;
  RequestObserver* const observer_;
  const std::unique_ptr<BodySource> body_;
  std::string project_;
  std::string_view route_;
};

}  // namespace

Session::Session(SessionParts parts, std::shared_ptr<Connection> connection)
    : parts_(parts), connection_(std::move(connection)), input_(*connection_, parts_.buffers) {}

void Session::drain() {
  draining_ = true;
  if (idle_ || discarding_) connection_->interrupt();
}

Task<> Session::run() {
  if (!co_await open()) co_return;
  for (;;) {
    auto head = co_await read_head();
    if (!head) {
      co_await refuse_head(std::move(head).error());
      break;
    }
    const Served served = co_await serve(std::move(*head));
    if (served.discard_rest) co_await discard_rest();
    if (!served.keep_alive) break;
    // Whoever sends many requests at once takes turns with the others.
    if (input_.buffered() > 0) co_await let_others_go_first();
  }
  connection_->shutdown_send();
  connection_->abort();
}

Task<> Session::refuse(Error error) {
  if (!co_await open()) co_return;
  co_await refuse_head(std::move(error));
  connection_->shutdown_send();
  connection_->abort();
}

Task<bool> Session::open() {
  idle_ = true;  // So that a drain need not wait for it.
  connection_->set_deadline(parts_.clock.monotonic_now() + parts_.limits.head_timeout);
  const auto opened = co_await connection_->open();
  if (opened) co_return true;
  const ErrorCode code = opened.error().code;
  if (code == ErrorCode::invalid_request || code == ErrorCode::timed_out) {
    parts_.log.info(
        fmt::format("not served: {} peer={}", opened.error().message, connection_->peer()));
  }
  connection_->abort();
  co_return false;
}

Task<Result<RequestHead>> Session::read_head() {
  input_.release_spare();
  const HeadLimits limits{.head_bytes_max = parts_.limits.head_bytes_max};
  idle_ = input_.buffered() == 0;
  bool parse = !idle_;
  // The next request seldom comes before the answer to the last one was read.
  bool looks_first = !idle_ || draining_;
  if (draining_ && idle_) connection_->resume();  // It drained while the connection was opened.
  connection_->set_deadline(parts_.clock.monotonic_now() +
                            (idle_ ? parts_.limits.idle_timeout : parts_.limits.head_timeout));
  for (;;) {
    if (parse) {
      CO_TRY(auto parsed, parse_head(input_.buffered_bytes(), limits));
      if (parsed) {
        input_.consume(parsed->consumed);
        connection_->set_deadline(std::nullopt);
        co_return std::move(parsed->head);
      }
    }
    if (std::exchange(looks_first, true)) {
      const auto more = input_.peek_more_now();
      parse = more.has_value();
      if (more && idle_) {
        idle_ = false;
        connection_->set_deadline(parts_.clock.monotonic_now() + parts_.limits.head_timeout);
      }
      if (more) continue;
      if (more.error().code != ErrorCode::would_block) co_return fail(more.error());
      if (idle_) input_.release_spare();
    }
    if (draining_ && idle_) co_return fail(ErrorCode::disconnected, "The server is draining.");
    auto waited = co_await input_.wait();
    if (!waited && idle_ && draining_) {
      connection_->resume();  // A last look: what had arrived before is answered.
    } else if (!waited && idle_) {
      // A connection that never sent a byte of a request is simply closed.
      co_return fail(ErrorCode::disconnected, "The connection was idle.");
    } else if (!waited) {
      co_return fail(std::move(waited).error());
    }
  }
}

Task<Session::Served> Session::serve(RequestHead head) {
  const MonotonicTime start = parts_.clock.monotonic_now();
  const std::uint64_t received_before = input_.received_bytes() - input_.buffered();
  RequestInput body_input(*connection_, input_, parts_.clock, parts_.limits, head.expects_continue);
  SessionExchange exchange(std::move(head), make_request_id(parts_.random), *connection_,
                           body_input, parts_.observer);

  Response response = co_await handle(exchange);
  // A cut ends the body, not the answer.
  connection_->resume();
  const bool body_read = exchange.finish_body();
  Served served;
  served.keep_alive = body_read && !draining_ && !response.close && exchange.head().keep_alive;
  served.discard_rest = !body_read;
  response.headers.push_back({"x-request-id", exchange.request_id()});
  connection_->set_deadline(std::nullopt);
  ResponseWriter writer(*connection_, parts_.workers, parts_.clock, parts_.limits);
  const bool with_body = exchange.head().method != "HEAD";
  const auto outcome = co_await writer.write(response, served.keep_alive, with_body);
  response.written_guard.reset();
  if (!outcome.result) {
    served = {};
    connection_->abort();  // Before anybody takes what was sent for the whole.
    log_broken_answer(outcome.result.error(), exchange.request_id());
  }

  const std::string peer = connection_->peer();
  tell({.request_id = exchange.request_id(),
        .method = exchange.head().method,
        .path = exchange.head().path,
        .route = exchange.route(),
        .status = response.status,
        .bytes_in = input_.received_bytes() - input_.buffered() - received_before,
        .bytes_out = outcome.body_bytes,
        .took = parts_.clock.monotonic_now() - start,
        .peer = peer,
        .project = exchange.project(),
        .refusal = {},
        .answer_cut = !outcome.result});
  co_return served;
}

void Session::tell(const RequestRecord& record) {
  log_request(parts_.log, record);
  if (parts_.observer != nullptr) parts_.observer->on_request(record);
}

// A client that went away or was too slow is its own business; everything else is ours.
void Session::log_broken_answer(const Error& error, const std::string& request_id) {
  if (error.code == ErrorCode::disconnected || error.code == ErrorCode::timed_out ||
      error.code == ErrorCode::cut) {
    return;
  }
  parts_.log.error(fmt::format("{} failed in its answer: {}", request_id, error.message));
}

Task<Response> Session::handle(Exchange& exchange) {
  Error error;
  try {
    co_return co_await parts_.handler(exchange);
  } catch (const std::exception& exception) {
    // A bug, or a machine without memory: this request fails, the server goes on.
    error = {ErrorCode::internal, exception.what()};
  }
  parts_.log.error(fmt::format("{} failed: {}", exchange.request_id(), error.message));
  Response response = parts_.render_error(error, exchange.head());
  response.close = true;
  co_return response;
}

Task<> Session::refuse_head(Error error) {
  if (error.code == ErrorCode::disconnected || error.code == ErrorCode::cut) co_return;
  idle_ = false;  // A drain waits for the answer.
  connection_->resume();
  const MonotonicTime start = parts_.clock.monotonic_now();
  const std::string request_id = make_request_id(parts_.random);
  Response response = parts_.render_error(error, no_head());
  response.headers.push_back({"x-request-id", request_id});
  connection_->set_deadline(std::nullopt);
  ResponseWriter writer(*connection_, parts_.workers, parts_.clock, parts_.limits);
  const auto outcome = co_await writer.write(response, false, true);
  const std::string peer = connection_->peer();
  tell({.request_id = request_id,
        .method = {},
        .path = {},
        .route = {},
        .status = response.status,
        .bytes_in = 0,
        .bytes_out = outcome.body_bytes,
        .took = parts_.clock.monotonic_now() - start,
        .peer = peer,
        .project = {},
        .refusal = error.message,
        .answer_cut = !outcome.result});
  if (outcome.result) co_await discard_rest();
}

Task<> Session::discard_rest() {
  connection_->shutdown_send();
  MonotonicTime end = parts_.clock.monotonic_now() + parts_.limits.discard_time_max;
  connection_->set_deadline(end);
  std::uint64_t left = parts_.limits.discard_bytes_max;
  discarding_ = true;
  bool hurried = false;
  while (left > 0 && parts_.clock.monotonic_now() < end) {
    if (draining_ && !std::exchange(hurried, true)) {
      // The answer is out: a server that wants to end waits no longer than for it to be read.
      end = std::min(end, parts_.clock.monotonic_now() + kDrainingDiscard);
      connection_->resume();
      connection_->set_deadline(end);
    }
    auto burst = [this, left] { return discard_now(left); };
    const auto discarded = co_await run_on(parts_.workers, std::move(burst));
    if (discarded) left -= *discarded;
    if (discarded && (*discarded > 0 || co_await input_.wait())) continue;
    if (hurried || !draining_) co_return;
  }
}

Result<std::uint64_t> Session::discard_now(std::uint64_t bytes_max) {
  const std::uint64_t most = std::min<std::uint64_t>(bytes_max, parts_.limits.burst_bytes_max);
  std::uint64_t discarded = 0;
  while (discarded < most) {
    const auto piece = input_.peek_now();
    if (!piece && (discarded > 0 || piece.error().code == ErrorCode::would_block)) break;
    if (!piece) return fail(piece.error());
    const auto taken = std::min<std::uint64_t>(piece->size(), most - discarded);
    discarded += taken;
    input_.consume(taken);
  }
  return discarded;
}

std::string make_request_id(Random& random) {
  std::array<std::byte, 16> bytes{};
  random.fill(bytes);
  return "req_" + to_hex(bytes);
}

}  // namespace partwise::http
