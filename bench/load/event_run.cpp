// The engine `events`.

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "load/channel.hpp"
#include "load/cost_meter.hpp"
#include "load/event_poll.hpp"
#include "load/event_stream.hpp"
#include "load/run.hpp"
#include "load/script.hpp"

namespace partwise::load {

namespace {

using SteadyClock = CostMeter::Clock;

struct EventClient {
  EventClient(const Plan& plan, std::uint64_t number) : script(plan, number) {}

  Script script;
  std::unique_ptr<EventStream> stream;
  SteadyClock::time_point sent_at;
  std::uint64_t received_before = 0;  // Of streams that have gone, or before the clock started.
  int failures_in_a_row = 0;
  bool is_busy = false;
};

class EventRun {
 public:
  EventRun(const Plan& plan, const Payload* payload) : plan_(plan), payload_(payload) {
    for (std::uint64_t i = 0; i < plan.connections; ++i) clients_.emplace_back(plan, i);
  }

  Outcome carry_out() {
    Outcome outcome{.figures = Figures(plan_.steps.size()), .cost = {}};
    std::string first_error = warm_up();
    meter_.start();
    is_warming_up_ = false;
    next_iteration_ = plan_.warmup_requests;
    if (first_error.empty()) iterate();
    outcome.cost = meter_.cost_until(SteadyClock::now());
    for (EventClient& client : clients_) {
      Figures figures = client.script.take_figures();
      figures.received_bytes = received_bytes(client);
      outcome.figures.add(figures);
    }
    if (!first_error.empty()) outcome.figures.first_error = std::move(first_error);
    return outcome;
  }

 private:
  // Connects everybody. Empty, or what went wrong.
  std::string warm_up() {
    for (EventClient& client : clients_) {
      if (const auto connected = connect(client); !connected) return connected.error().message;
    }
    iterate();
    std::string first_error;
    for (EventClient& client : clients_) {
      const Figures figures = client.script.take_figures();
      if (first_error.empty()) first_error = figures.first_error;
      client.received_before -= received_bytes(client);
    }
    return first_error;
  }

  [[nodiscard]] static std::uint64_t received_bytes(const EventClient& client) {
    return client.received_before + (client.stream ? client.stream->received_bytes() : 0);
  }

  void iterate() {
    for (EventClient& client : clients_) go_on(client);
    while (busy_ > 0) turn();
  }

  void turn() {
    const auto ready = poll_.wait(static_cast<int>(plan_.timeout.count()) * 1000);
    if (ready.empty()) return give_up();
    for (const EventPoll::Ready& event : ready) {
      EventClient& client = clients_[event.number];
      if (!client.stream) continue;
      if (event.is_writable) client.stream->note_room();
      if (client.is_busy) handle(client);
    }
  }

  // Nobody has heard of anything for too long.
  void give_up() {
    for (EventClient& client : clients_) {
      if (!client.is_busy) continue;
      fail_step(client, {.code = ErrorCode::timed_out, .message = "The server does not answer."});
      end(client);
    }
  }

  void handle(EventClient& client) {
    auto outcome = client.stream->receive(scratch_);
    if (outcome && !client.stream->is_answered()) outcome = send(client);
    if (!outcome) {
      fail_step(client, outcome.error());
    } else if (client.stream->is_answered()) {
      const Response& response = client.stream->response();
      client.script.take_answer(response, SteadyClock::now() - client.sent_at);
      if (response.head.closes || client.script.has_failed()) drop_stream(client);
    } else {
      return;
    }
    go_on(client);
  }

  // Sends the next request, whichever that is, or ends the client's work.
  void go_on(EventClient& client) {
    while (true) {
      if (!client.is_busy || client.script.has_ended()) {
        if (!begin_iteration(client)) return;
      }
      const auto sent = begin_step(client);
      if (sent) return;
      fail_step(client, sent.error());
    }
  }

  [[nodiscard]] bool begin_iteration(EventClient& client) {
    if (client.is_busy) {
      client.failures_in_a_row = client.script.has_failed() ? client.failures_in_a_row + 1 : 0;
    }
    const bool too_many = client.failures_in_a_row >= kFailuresInARowMax;
    if (too_many || is_over()) {
      end(client);
      return false;
    }
    if (!client.is_busy) ++busy_;
    client.is_busy = true;
    client.script.begin_iteration(next_iteration_++);
    return true;
  }

  [[nodiscard]] bool is_over() const {
    if (is_warming_up_) return next_iteration_ >= plan_.warmup_requests;
    if (plan_.iterations && next_iteration_ - plan_.warmup_requests >= *plan_.iterations) {
      return true;
    }
    return plan_.seconds &&
           std::chrono::duration<double>(SteadyClock::now() - meter_.started_at()).count() >=
               *plan_.seconds;
  }

  void end(EventClient& client) {
    if (client.is_busy) --busy_;
    client.is_busy = false;
  }

  [[nodiscard]] Result<> begin_step(EventClient& client) {
    CHECK(connect(client));
    CHECK(client.script.render(client.stream->outgoing()));
    client.stream->begin(client.script.step().method, client.script.keeps_answer());
    client.sent_at = SteadyClock::now();
    CHECK(send(client));
    client.script.note_sent(client.stream->outgoing());
    return {};
  }

  [[nodiscard]] Result<> send(EventClient& client) {
    EventStream& stream = *client.stream;
    const std::uint64_t bytes = stream.outgoing().bytes();
    while (stream.sent_bytes() < bytes && !stream.is_full()) {
      CHECK(stream.send_up_to(bytes, payload_));
    }
    return {};
  }

  [[nodiscard]] Result<> connect(EventClient& client) {
    if (client.stream) return {};
    TRY(auto socket, connect_to(plan_.host, plan_.port, plan_.timeout));
    CHECK(poll_.watch(socket, static_cast<std::size_t>(&client - clients_.data())));
    client.stream = std::make_unique<EventStream>(std::move(socket));
    return {};
  }

  void fail_step(EventClient& client, const Error& error) {
    client.script.fail_step(error);
    drop_stream(client);
  }

  void drop_stream(EventClient& client) {
    client.received_before = received_bytes(client);
    client.stream.reset();
  }

  // Constant after construction.
  const Plan& plan_;
  const Payload* const payload_;
  // One thread.
  EventPoll poll_;
  std::vector<EventClient> clients_;
  std::array<std::byte, 64 * kKiB> scratch_{};
  CostMeter meter_;
  std::uint64_t next_iteration_ = 0;
  std::uint64_t busy_ = 0;
  bool is_warming_up_ = true;
};

}  // namespace

Outcome run_on_events(const Plan& plan, const Payload* payload) {
  return std::make_unique<EventRun>(plan, payload)->carry_out();
}

}  // namespace partwise::load
