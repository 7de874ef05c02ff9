// The engine `threads`.

#include <atomic>
#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include "load/client.hpp"
#include "load/cost_meter.hpp"
#include "load/run.hpp"

namespace partwise::load {

namespace {

using SteadyClock = CostMeter::Clock;

class ThreadRun {
 public:
  ThreadRun(const Plan& plan, const Payload* payload)
      : plan_(plan),
        payload_(payload),
        start_line_(static_cast<std::ptrdiff_t>(plan.connections), StartClock{this}),
        clients_(plan.connections) {}

  Outcome carry_out() {
    {
      std::vector<std::jthread> threads;
      threads.reserve(clients_.size());
      for (std::uint64_t i = 0; i < clients_.size(); ++i) {
        threads.emplace_back([this, i] { run_client(i); });
      }
    }
    const SteadyClock::time_point end{SteadyClock::duration(finished_.load())};
    Outcome outcome{.figures = Figures(plan_.steps.size()), .cost = meter_.cost_until(end)};
    for (const auto& client : clients_) outcome.figures.add(client->take_figures());
    return outcome;
  }

 private:
  // Runs on one thread, while all others wait.
  struct StartClock {
    ThreadRun* run;
    void operator()() const noexcept {
      run->next_iteration_ = run->plan_.warmup_requests;
      run->meter_.start();
      run->finished_ = run->meter_.started_at().time_since_epoch().count();
    }
  };

  void run_client(std::uint64_t number) {
    clients_[number] = std::make_unique<Client>(plan_, payload_, number);
    Client& client = *clients_[number];
    const auto connected = client.connect();
    if (connected) warm_up(client);
    const Figures before = client.take_figures();
    start_line_.arrive_and_wait();
    if (!connected) return client.note_error(connected.error());
    // What failed before the clock started is not measured, but must not pass unseen.
    if (!before.first_error.empty()) {
      client.note_error({.code = ErrorCode::internal, .message = before.first_error});
    }
    iterate(client);
    note_finish(SteadyClock::now().time_since_epoch().count());
  }

  void warm_up(Client& client) {
    while (true) {
      const std::uint64_t number = next_iteration_.fetch_add(1);
      if (number >= plan_.warmup_requests || !client.run_iteration(number)) return;
    }
  }

  void iterate(Client& client) {
    int failures_in_a_row = 0;
    while (failures_in_a_row < kFailuresInARowMax) {
      if (plan_.seconds && seconds_since_start() >= *plan_.seconds) return;
      const std::uint64_t number = next_iteration_.fetch_add(1);
      if (plan_.iterations && number - plan_.warmup_requests >= *plan_.iterations) return;
      failures_in_a_row = client.run_iteration(number) ? 0 : failures_in_a_row + 1;
      if (plan_.pause.count() > 0) std::this_thread::sleep_for(plan_.pause);
    }
  }

  [[nodiscard]] double seconds_since_start() const {
    return std::chrono::duration<double>(SteadyClock::now() - meter_.started_at()).count();
  }

  void note_finish(SteadyClock::rep now) {
    SteadyClock::rep known = finished_.load();
    while (known < now && !finished_.compare_exchange_weak(known, now)) {
    }
  }

  // Constant after construction.
  const Plan& plan_;
  const Payload* const payload_;
  // Each has its thread.
  std::barrier<StartClock> start_line_;
  std::atomic<std::uint64_t> next_iteration_{0};
  std::atomic<SteadyClock::rep> finished_{0};
  // Written while all threads wait at the start line.
  CostMeter meter_;
  // Each element belongs to one thread until that is joined.
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace

Outcome run_on_threads(const Plan& plan, const Payload* payload) {
  return ThreadRun(plan, payload).carry_out();
}

}  // namespace partwise::load
