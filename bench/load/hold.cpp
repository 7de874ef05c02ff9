#include "load/hold.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <limits>
#include <memory>
#include <ostream>
#include <vector>

#include "load/channel.hpp"
#include "load/held_stream.hpp"
#include "wire/json_writer.hpp"

namespace partwise::load {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kTickMs = 100;
constexpr std::size_t kEventsMax = 512;
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
    epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    RequestRenderer renderer(plan, 0);
    for (std::uint64_t i = 0; i < plan.connections; ++i) {
      Variables variables(plan.values, i);
      variables.begin_iteration(i);
      TRY(auto outgoing, renderer.render(step_, variables));
      TRY(auto socket, connect_to(plan.host, plan.port, plan.timeout));
      if (::fcntl(socket.number(), F_SETFL, O_NONBLOCK) != 0) {
        return fail_with_socket_errno(errno, "set up");
      }
      // Edges: a stream that may send nothing now must not wake anybody.
      epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = i}};
      if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, socket.number(), &event) != 0) {
        return fail_with_socket_errno(errno, "watch");
      }
      streams_.push_back(std::make_unique<HeldStream>(std::move(socket), std::move(outgoing)));
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
    for (const auto& held : streams_) {
      if (held && held->status() != 0) ++figures_.statuses[held->status()];
    }
    return std::move(figures_);
  }

 private:
  // Whether the condition holds for all that are not broken.
  [[nodiscard]] bool all_others(bool (Hold::*condition)(const HeldStream&) const) const {
    return std::ranges::all_of(
        streams_, [&](const auto& held) { return !held || (this->*condition)(*held); });
  }

  [[nodiscard]] bool is_answered(const HeldStream& held) const { return held.status() != 0; }

  [[nodiscard]] bool is_held(const HeldStream& held) const {
    switch (settings_.mode) {
      case HoldMode::idle:
        return held.status() != 0;
      case HoldMode::stream:
        return held.sent_bytes() + 1 == held.bytes();
      case HoldMode::slow:
        return held.sent_bytes() > held.head_bytes();
    }
    return true;
  }

  [[nodiscard]] std::uint64_t allowed(const HeldStream& held) const {
    switch (settings_.mode) {
      case HoldMode::idle:
        return held.bytes();
      case HoldMode::stream:
        return is_finishing_ ? held.bytes() : held.bytes() - 1;
      case HoldMode::slow:
        return held.head_bytes() +
               static_cast<std::uint64_t>(static_cast<double>(settings_.rate_bytes_per_s) *
                                          seconds_since(start_));
    }
    return 0;
  }

  // Handles events until the next tick, and then gives every stream its turn.
  void turn() {
    std::array<epoll_event, kEventsMax> events;
    const int count =
        ::epoll_wait(epoll_.number(), events.data(), kEventsMax, has_burst_left_ ? 0 : kTickMs);
    for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
    if (count == static_cast<int>(kEventsMax)) return;
    has_burst_left_ = false;
    for (auto& held : streams_) send(held);
  }

  void handle(const epoll_event& event) {
    auto& held = streams_[event.data.u64];
    if (!held) return;
    if ((event.events & EPOLLOUT) != 0) held->note_room();
    if ((event.events & ~std::uint32_t{EPOLLOUT}) == 0) return;
    const auto outcome = held->receive();
    if (!outcome) return drop(held, outcome.error().message);
    if (held->status() == 0 || is_expected(held->status())) return;
    ++figures_.statuses[held->status()];
    drop(held, "A request was answered with " + std::to_string(held->status()) + ".");
  }

  void send(std::unique_ptr<HeldStream>& held) {
    if (!held) return;
    const std::uint64_t limit = allowed(*held);
    const auto outcome = held->send_up_to(limit, payload_);
    if (!outcome) return drop(held, outcome.error().message);
    if (!held->is_full() && held->sent_bytes() < std::min(limit, held->bytes()))
      has_burst_left_ = true;
  }

  void drop(std::unique_ptr<HeldStream>& held, const std::string& reason) {
    ++figures_.broken;
    if (figures_.first_error.empty()) figures_.first_error = reason;
    held.reset();
  }

  [[nodiscard]] bool is_expected(int status) const {
    if (step_.expect.empty()) return status >= 200 && status < 300;
    return std::ranges::find(step_.expect, status) != step_.expect.end();
  }

  // Constant after construction.
  const Step& step_;
  const Payload* const payload_;
  const HoldSettings settings_;
  const SteadyClock::time_point start_ = SteadyClock::now();
  // One thread.
  Descriptor epoll_;
  std::vector<std::unique_ptr<HeldStream>> streams_;  // A broken one is nullptr.
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
