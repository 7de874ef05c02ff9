#include "load/hold.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <ostream>
#include <vector>

#include "load/channel.hpp"
#include "load/event_poll.hpp"
#include "load/event_stream.hpp"
#include "wire/json_writer.hpp"

namespace partwise::load {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kTickMs = 100;
constexpr rlim_t kSpareDescriptors = 64;

volatile std::sig_atomic_t signalled = 0;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

void raise_descriptor_limit(std::uint64_t connections) {
  rlimit limit{};
  (void)::getrlimit(RLIMIT_NOFILE, &limit);  // What is missing shows where it is needed.
  const rlim_t wanted = connections + kSpareDescriptors;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  limit.rlim_max = std::max(limit.rlim_max, wanted);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

class Hold {
 public:
  Hold(const Plan& plan, const Payload* payload, const HoldSettings& settings)
      : step_(plan.steps.front()), payload_(payload), settings_(settings) {
    figures_.connections = plan.connections;
  }

  Result<> open_streams(const Plan& plan) {
    RequestRenderer renderer(plan, 0);
    for (std::uint64_t i = 0; i < plan.connections; ++i) {
      Variables variables(plan.values, i);
      variables.begin_iteration(i);
      TRY(auto socket, connect_to(plan.host, plan.port, plan.timeout));
      CHECK(poll_.watch(socket, i));
      streams_.push_back(std::make_unique<EventStream>(std::move(socket)));
      CHECK(renderer.render(step_, variables, streams_.back()->outgoing()));
      streams_.back()->begin(step_.method, false);
    }
    return {};
  }

  void carry_out(std::ostream& out) {
    while (!signalled && !all_others(&Hold::is_held)) turn();
    figures_.seconds_until_held = seconds_since(start_);
    out << "holding" << std::endl;
    const auto since = SteadyClock::now();
    while (!signalled && (settings_.seconds == 0 || seconds_since(since) < settings_.seconds)) {
      turn();
    }
    if (settings_.mode != HoldMode::stream) return;
    is_finishing_ = true;
    while (!all_others(&Hold::is_answered)) turn();
  }

  HoldFigures take_figures() {
    for (const auto& stream : streams_) {
      if (stream && stream->is_answered()) ++figures_.statuses[stream->response().head.status];
    }
    return std::move(figures_);
  }

 private:
  // Whether the condition holds for all that are not broken.
  [[nodiscard]] bool all_others(bool (Hold::*condition)(const EventStream&) const) const {
    return std::ranges::all_of(
        streams_, [&](const auto& stream) { return !stream || (this->*condition)(*stream); });
  }

  [[nodiscard]] bool is_answered(const EventStream& stream) const { return stream.is_answered(); }

  [[nodiscard]] bool is_held(const EventStream& stream) const {
    switch (settings_.mode) {
      case HoldMode::idle:
        return stream.is_answered();
      case HoldMode::stream:
        return stream.sent_bytes() + 1 == stream.outgoing().bytes();
      case HoldMode::slow:
        return stream.sent_bytes() > stream.outgoing().before.size();
    }
    return true;
  }

  // How much of the request may have been sent by now.
  [[nodiscard]] std::uint64_t allowed(const EventStream& stream) const {
    const std::uint64_t bytes = stream.outgoing().bytes();
    switch (settings_.mode) {
      case HoldMode::idle:
        return bytes;
      case HoldMode::stream:
        return is_finishing_ ? bytes : bytes - 1;
      case HoldMode::slow: {
        const double fed = static_cast<double>(settings_.rate_bytes_per_s) * seconds_since(start_);
        return std::min(bytes, stream.outgoing().before.size() + static_cast<std::uint64_t>(fed));
      }
    }
    return bytes;
  }

  // Handles events until the next tick, and then gives every stream its turn.
  void turn() {
    const auto ready = poll_.wait(has_burst_left_ ? 0 : kTickMs);
    for (const EventPoll::Ready& event : ready) {
      auto& stream = streams_[event.number];
      if (stream && event.is_writable) stream->note_room();
      if (stream && event.is_readable) receive(stream);
    }
    if (ready.size() == EventPoll::kReadyMax) return;
    has_burst_left_ = false;
    for (auto& stream : streams_) send(stream);
  }

  void receive(std::unique_ptr<EventStream>& stream) {
    const auto outcome = stream->receive(scratch_);
    if (!outcome) return drop(stream, outcome.error().message);
    const int status = stream->response().head.status;
    if (!stream->is_answered() || is_expected(step_, status)) return;
    ++figures_.statuses[status];
    drop(stream,
         fmt::format("A request was answered with {}: {}", status, stream->response().body));
  }

  void send(std::unique_ptr<EventStream>& stream) {
    if (!stream) return;
    const std::uint64_t limit = allowed(*stream);
    const auto outcome = stream->send_up_to(limit, payload_);
    if (!outcome) return drop(stream, outcome.error().message);
    if (!stream->is_full() && stream->sent_bytes() < limit) has_burst_left_ = true;
  }

  void drop(std::unique_ptr<EventStream>& stream, const std::string& reason) {
    ++figures_.broken;
    if (figures_.first_error.empty()) figures_.first_error = reason;
    stream.reset();
  }

  // Constant after construction.
  const Step& step_;
  const Payload* const payload_;
  const HoldSettings settings_;
  const SteadyClock::time_point start_ = SteadyClock::now();
  // One thread.
  EventPoll poll_;
  std::vector<std::unique_ptr<EventStream>> streams_;  // A broken one is nullptr.
  std::array<std::byte, 16 * kKiB> scratch_{};
  HoldFigures figures_;
  bool is_finishing_ = false;
  bool has_burst_left_ = false;
};

}  // namespace

std::string to_json(const HoldFigures& figures) {
  wire::JsonWriter out;
  out.begin_object().key("connections").number(figures.connections);
  out.key("broken").number(figures.broken).key("statuses").begin_object();
  for (const auto& [status, count] : figures.statuses) {
    out.key(std::to_string(status)).number(count);
  }
  out.end_object().key("seconds_until_held").decimal(figures.seconds_until_held, 3);
  out.key("first_error").text(figures.first_error).end_object();
  return out.take();
}

Result<HoldFigures> hold(const Plan& plan, const Payload* payload, const HoldSettings& settings,
                         std::ostream& out) {
  if (plan.tls || plan.steps.size() != 1) {
    return fail(ErrorCode::invalid_request, "What is held has one step, and no TLS.");
  }
  if (settings.mode == HoldMode::slow && settings.rate_bytes_per_s == 0) {
    return fail(ErrorCode::invalid_request, "Slow streams need a rate.");
  }
  raise_descriptor_limit(plan.connections);
  const auto note_signal = [](int) { signalled = 1; };
  (void)std::signal(SIGINT, note_signal);
  (void)std::signal(SIGTERM, note_signal);
  Hold held(plan, payload, settings);
  CHECK(held.open_streams(plan));
  held.carry_out(out);
  return held.take_figures();
}

}  // namespace partwise::load
