// partwise-sim: runs histories, each a function of its seed, and says which of them broke a
// promise.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "world.hpp"

namespace partwise::sim {
namespace {

struct Options {
  std::uint64_t seeds = 100;
  std::uint64_t first_seed = 1;
  std::optional<std::uint64_t> seed;
  std::string seed_file;
  std::string mutation;
  std::string store = "mixed";
  bool all_mutations = false;
  bool checks_online = false;
  double seconds_max = 60;
  std::size_t jobs = 1;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

StoreKind kind_of(const Options& options) {
  if (options.store == "memory") return StoreKind::memory;
  if (options.store == "shared") return StoreKind::shared;
  return options.store == "sqlite" ? StoreKind::sqlite : StoreKind::mixed;
}

// The history that this thread is at: so that one that ends the process can be told.
thread_local std::uint64_t seed_under_way = 0;

void tell_seed(int number) {
  constexpr std::string_view kText = "partwise-sim: this history ended the process: seed ";
  std::array<char, kText.size() + 24> line{};
  std::ranges::copy(kText, line.begin());
  char* end =
      std::to_chars(line.data() + kText.size(), line.data() + line.size() - 1, seed_under_way).ptr;
  *end++ = '\n';
  // Nothing can be done where it cannot be written.
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, line.data(), static_cast<std::size_t>(end - line.data()));
  std::signal(number, SIG_DFL);
  std::raise(number);
}

Outcome run_seed(std::uint64_t seed, Mutation mutation, bool prints, const Options& options) {
  seed_under_way = seed;
  World world(seed, mutation, prints, kind_of(options));
  world.checks_online = options.checks_online;
  Outcome outcome = world.run();
  outcome.seed = seed;
  return outcome;
}

// Calls `work` for 0 to `count` - 1, on so many threads. Histories share nothing: each has one.
void spread(std::size_t jobs, std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto take_all = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < std::min(jobs, count); ++i) threads.emplace_back(take_all);
  take_all();
}

std::string describe(const Outcome& outcome) {
  return fmt::format("seed {}: {}: {}", outcome.seed, outcome.violation->invariant,
                     outcome.violation->sentence);
}

// One seed with its history in words.
int replay(std::uint64_t seed, Mutation mutation, const Options& options) {
  const Outcome outcome = run_seed(seed, mutation, true, options);
  std::cout << fmt::format("seed {}: trace {:016x}, {} steps\n", seed, outcome.trace_hash,
                           outcome.steps);
  if (!outcome.violation) return 0;
  std::cout << describe(outcome) << "\n";
  return 1;
}

// What a long run adds up to.
struct Sum {
  std::uint64_t seeds = 0;
  std::uint64_t failed = 0;
  std::uint64_t operations = 0;
  std::uint64_t attempts = 0;
  std::uint64_t uploads = 0;
  std::uint64_t crashes = 0;
  std::uint64_t power_losses = 0;
  std::uint64_t shared = 0;  // Of the seeds: with several nodes.
  std::uint64_t kills = 0;
  std::uint64_t steps = 0;
  std::uint64_t checks = 0;

  void add(const Outcome& outcome) {
    ++seeds;
    failed += outcome.violation ? 1 : 0;
    operations += outcome.operations;
    attempts += outcome.attempts;
    uploads += outcome.uploads;
    crashes += outcome.crashes;
    power_losses += outcome.power_losses;
    shared += outcome.nodes > 1 ? 1 : 0;
    kills += outcome.kills;
    steps += outcome.steps;
    checks += outcome.checks;
  }
};

struct History {
  std::uint64_t seed = 0;
  std::string store;
};

// Those of the file on every store: which of them a seed has by itself changes with the simulator.
std::vector<History> histories_of(const Options& options) {
  std::vector<History> histories;
  if (!options.seed_file.empty()) {
    std::ifstream file(options.seed_file);
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line.front() == '#') continue;
      for (const char* store : {"memory", "sqlite", "shared"}) {
        histories.push_back({.seed = std::stoull(line), .store = store});
      }
    }
  }
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    histories.push_back({.seed = options.first_seed + i, .store = options.store});
  }
  return histories;
}

int run_seeds(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const Mutation mutation = parse_mutation(options.mutation).value_or(Mutation::none);
  const auto histories = histories_of(options);
  std::mutex mutex;
  Sum sum;
  spread(options.jobs, histories.size(), [&](std::size_t i) {
    Options own = options;
    own.store = histories[i].store;
    const Outcome outcome = run_seed(histories[i].seed, mutation, false, own);
    const std::lock_guard lock(mutex);
    sum.add(outcome);
    if (!outcome.violation) return;
    std::cout << describe(outcome) << " (--store " << own.store << ")" << std::endl;
  });
  const double seconds = seconds_since(start);
  std::cout << fmt::format(
      "{} seeds, {} failed; {} of several nodes; {} operations, {} attempts, {} uploads, {} "
      "crashes of which {} losses of power and {} of one node of several, {} steps; {:.1f} s, "
      "{:.1f} seeds/s\n",
      sum.seeds, sum.failed, sum.shared, sum.operations, sum.attempts, sum.uploads, sum.crashes,
      sum.power_losses, sum.kills, sum.steps, seconds, static_cast<double>(sum.seeds) / seconds);
  if (options.checks_online) std::cout << fmt::format("{} online checks\n", sum.checks);
  return sum.failed == 0 ? 0 : 1;
}

// The first seed that finds it, as a row of a table; nothing where none did in time.
std::optional<std::string> find(const MutationName& mutation, Options options) {
  if (mutation.needs_several_nodes) options.store = "shared";
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t seed = options.first_seed; seconds_since(start) < options.seconds_max;
       ++seed) {
    const Outcome outcome = run_seed(seed, mutation.mutation, false, options);
    if (!outcome.violation) continue;
    // It is the mutation that was found, and nothing else.
    if (run_seed(seed, Mutation::none, false, options).violation) continue;
    return fmt::format("| `{}` | {} | {} | {} | {:.1f} |", mutation.name, mutation.what,
                       outcome.violation->invariant, seed - options.first_seed + 1,
                       seconds_since(start));
  }
  return std::nullopt;
}

int find_all(const Options& options) {
  std::vector<std::optional<std::string>> rows(kMutations.size());
  spread(options.jobs, rows.size(), [&](std::size_t i) { rows[i] = find(kMutations[i], options); });
  std::cout
      << "| mutation | what is wrong | invariant | seeds | seconds |\n|---|---|---|---|---|\n";
  bool all = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    all = all && rows[i].has_value();
    std::cout << rows[i].value_or(std::string(kMutations[i].name) + " was not found in time")
              << "\n";
  }
  return all ? 0 : 1;
}

int run(int argc, char** argv) {
  CLI::App app("Runs simulated histories of Partwise.");
  Options options;
  app.add_option("--seeds", options.seeds, "How many histories to run.");
  app.add_option("--first-seed", options.first_seed, "The first of them.");
  app.add_option("--seed", options.seed, "Run this one alone and print what happens.");
  app.add_option("--seed-file", options.seed_file, "Run the seeds in this file before.")
      ->check(CLI::ExistingFile);
  app.add_option("--jobs", options.jobs, "How many histories at once.");
  app.add_option("--store", options.store, "Where the metadata are; shared: by several nodes.")
      ->check(CLI::IsMember({"mixed", "memory", "sqlite", "shared"}));
  app.add_option("--mutation", options.mutation, "Put this bug in.");
  app.add_flag("--check-online", options.checks_online, "Check all the time, beside the clients.");
  app.add_flag("--all-mutations", options.all_mutations, "Look for each of the deliberate bugs.");
  app.add_option("--seconds", options.seconds_max, "For each of them, at most.");
  CLI11_PARSE(app, argc, argv);
  if (!options.mutation.empty() && !parse_mutation(options.mutation)) {
    std::cerr << "partwise-sim: there is no mutation " << options.mutation << "\n";
    return 2;
  }
  for (const int number : {SIGABRT, SIGSEGV, SIGILL, SIGFPE}) std::signal(number, tell_seed);
  if (options.all_mutations) return find_all(options);
  if (options.seed) {
    return replay(*options.seed, parse_mutation(options.mutation).value_or(Mutation::none),
                  options);
  }
  return run_seeds(options);
}

}  // namespace
}  // namespace partwise::sim

int main(int argc, char** argv) { return partwise::sim::run(argc, argv); }
