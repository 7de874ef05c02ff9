#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <list>

#include "client.hpp"

namespace partwise::sim {

namespace {

// Far more than a history needs: one that goes on for longer hangs.
constexpr std::uint64_t kStepsMax = 3'000'000;
constexpr std::uint64_t kClosingStepsMax = 1'000'000;
// The rows are compared with the disk after so many commits, and at every crash.
constexpr std::uint64_t kCheckEveryCommits = 8;
// Of so many seeds one runs on SQLite, which takes longer.
constexpr std::uint64_t kSqliteEverySeeds = 4;
// Of so many seeds two have a scrubber, one of them on SQLite.
constexpr std::uint64_t kScrubberEverySeeds = 8;

std::unique_ptr<DurableStore> make_store(std::uint64_t seed, StoreKind kind, Disk& disk,
                                         Clock& clock, Mutation mutation) {
  const bool is_its_turn = kind == StoreKind::mixed && seed % kSqliteEverySeeds == 0;
  if (is_its_turn || kind == StoreKind::sqlite) {
    return make_sql_store(disk, clock, small_core_limits(), mutation);
  }
  return std::make_unique<MemoryDurableStore>(clock, small_core_limits());
}

}  // namespace

World::World(std::uint64_t seed, Mutation mutation, bool prints, StoreKind kind)
    : plan(make_plan(seed)),
      dice(seed),
      trace(prints),
      scheduler(dice, trace),
      clock(scheduler),
      disk(dice, plan.disk_bytes),
      store(make_store(seed, kind, disk, clock, mutation)),
      engine(*store, clock, mutation),
      oracle(engine, disk, trace, {"default"}),
      mutation_(mutation),
      scrubs_(seed % kScrubberEverySeeds == 0 || seed % kScrubberEverySeeds == 2),
      random_(seed + 1) {
  scheduler.slow_per_mille = plan.slow_per_mille;
  scheduler.add_loop(client_loop_, kWorld);
  disk.directories.try_emplace("data");
  disk.on_link = [this](const std::string& path) { oracle.check_link(path); };
  disk.on_remove = [this](const std::string& path) { oracle.check_removal(path); };
  engine.remove_blob = [this](BlobKey key) {
    const std::string path = "data/blobs/" + key.text().substr(0, 2) + "/" + key.text();
    if (disk.find(path)) disk.name_at(path).changes.push_back(nullptr);
  };
  oracle.excuses.faults = plan.has_faults();
  oracle.excuses.quota = plan.quota_bytes > 0;
  oracle.excuses.clock_set_back = plan.sets_clock_back;
  oracle.excuses.may_be_forgotten = plan.jumps_days;
  oracle.excuses.key_forgotten = plan.jumps_days;
  Quotas quotas;
  if (plan.quota_bytes > 0) quotas.bytes = plan.quota_bytes;
  (void)run_now(store->accounts().create_project({"default"}, quotas));
}

World::~World() = default;

NodeParts World::node_parts() {
  return {.scheduler = scheduler,
          .dice = dice,
          .trace = trace,
          .clock = clock,
          .random = random_,
          .disk = disk,
          .engine = engine,
          .store_faults = plan.store_faults,
          .limits = small_core_limits(),
          .disk_limits = small_disk_limits(),
          .md5 = plan.md5,
          .mutation = mutation_,
          .scrubs = scrubs_,
          .on_commit =
              [this] {
                if (++commits_ % kCheckEveryCommits == 0) oracle.check_references();
              },
          .checks_online = checks_online,
          .on_checked = [this](const OnlineReport& report) { note_check(report); }};
}

void World::note_check(const OnlineReport& report) {
  ++checks_;
  for (const Finding& finding : report.findings) {
    // The disk failed under the check: that is no error of it.
    if (finding.kind == FindingKind::unreadable_blob) continue;
    oracle.fail("fsck",
                fmt::format("{} {}: {}", name_of(finding.kind), finding.subject, finding.sentence));
  }
}

void World::start_node() {
  starting_ = false;
  if (closing_ || node_) return;
  auto started = Node::start(node_parts(), ++runs_);
  if (!started) return start_node_after(Milliseconds{500});
  node_ = std::move(*started);
  trace.tell(fmt::format("run {} serves", runs_));
}

void World::start_node_after(Milliseconds wait) {
  starting_ = true;
  scheduler.after(kWorld, wait, "start", [this] { start_node(); });
}

Task<> World::pause(Milliseconds wait) {
  auto start = [this, wait](Completion<bool> complete) {
    auto end = [call = std::move(complete)]() mutable { call(true); };
    if (wait.count() == 0) return scheduler.act(kWorld, "client", std::move(end));
    scheduler.after(kWorld, wait, "client", std::move(end));
  };
  (void)co_await await_completion<bool>(std::move(start));
}

std::shared_ptr<Link> World::connect() {
  if (!node_) return nullptr;
  auto link = std::make_shared<Link>(LinkParts{.scheduler = scheduler,
                                               .server = runs_,
                                               .sends_files = plan.sends_files,
                                               .window_bytes = plan.window_bytes});
  node_->accept(link);
  return link;
}

void World::note_operation() {
  ++operations_;
  while (crashes_armed_ < plan.crashes.size() && plan.crashes[crashes_armed_] <= operations_) {
    ++crashes_armed_;
    arm_crash();
  }
  change_weather();
}

void World::arm_crash() {
  planned_ending_ = dice.chance(700) ? Ending::power_loss : Ending::kill;
  if (dice.chance(400)) {
    disk.freeze_before_change(dice.between(1, 20), planned_ending_);
  } else {
    crash_in_steps_ = dice.between(1, 300);
  }
}

void World::change_weather() {
  for (const std::uint64_t moment : plan.leaps) {
    if (moment != operations_) continue;
    const Milliseconds by{dice.between(60'000, 4'200'000)};
    trace.tell(fmt::format("{} ms pass", by.count()));
    scheduler.leap(by);
    oracle.excuses.disturbed = scheduler.steps();  // Whoever waits for a peer waits no more.
  }
  for (const std::uint64_t moment : plan.settings) {
    if (moment != operations_) continue;
    const std::int64_t most = plan.jumps_days ? 400LL * 24 * 3600 : 4000;
    const auto by = static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(2 * most)));
    clock.wall_offset_s += by - most;
    latest_wall_offset_s_ = std::max(latest_wall_offset_s_, clock.wall_offset_s);
    trace.tell(fmt::format("the wall clock is set by {} s", by - most));
  }
}

void World::end_node() {
  if (node_) scrubbed_blobs_ += node_->scrubbed().read_blobs;
  if (!node_ || node_->end()) return node_.reset();
  oracle.fail("answer", "A request of a run that is over hangs.");
  // What hangs still refers to it, also when the program ends.
  static auto& hanging = *new std::vector<std::unique_ptr<Node>>;
  hanging.push_back(std::move(node_));
}

void World::crash(Ending ending) {
  disk.freeze(ending);
  ++crashes_;
  if (ending == Ending::power_loss) ++power_losses_;
  oracle.excuses.disturbed = scheduler.steps();
  trace.tell(ending == Ending::kill ? "the server is killed" : "the power goes");
  crash_in_steps_ = 0;
  end_node();
  store->close();
  disk.end();
  if (auto opened = store->open(); !opened) {
    return oracle.fail("I1", "The metadata cannot be opened: " + opened.error().message);
  }
  oracle.check_references();
  check_tables();
}

void World::check_tables() {
  for (const std::string& sentence : store->contradictions()) {
    // A file that was deleted while the clock stood a month back is forgotten before its upload.
    if (plan.jumps_days && sentence.ends_with("has no row.")) continue;
    oracle.fail("I6", sentence);
  }
}

void World::check_scrubber() {
  const ScrubberFigures figures = node_ ? node_->scrubbed() : ScrubberFigures{};
  if (figures.missing + figures.damaged == 0) return;
  oracle.fail("I5", "The scrubber says that a blob is damaged, and the disk did not rot.");
}

void World::watch() {
  check_scrubber();
  if (disk.is_frozen()) {
    crash(planned_ending_);
  } else if (crash_in_steps_ > 0 && --crash_in_steps_ == 0) {
    crash(planned_ending_);
  } else if (node_ && crash_in_steps_ == 0 && node_->has_failed()) {
    // The process ends by itself, or somebody restarts it.
    planned_ending_ = Ending::kill;
    crash_in_steps_ = dice.between(1, 200);
  }
  if (!node_ && !starting_) start_node_after(Milliseconds{dice.below(5'000)});
}

void World::spawn_clients() {
  for (std::size_t i = 0; i < plan.clients; ++i) {
    auto client = std::make_shared<Client>(*this);
    ++clients_at_work_;
    boost::asio::co_spawn(client_loop_.executor(), client->run(),
                          [this, client](std::exception_ptr error) {
                            --clients_at_work_;
                            if (error) std::rethrow_exception(error);
                          });
  }
}

void World::live() {
  start_node();
  disk.faults = plan.disk_faults;
  spawn_clients();
  while (clients_at_work_ > 0 && !oracle.violation()) {
    if (!scheduler.step() || scheduler.steps() > kStepsMax) {
      return oracle.fail("answer", "The history hangs.");
    }
    watch();
  }
}

void World::restart_now(Ending ending) {
  crash(ending);
  start_node();
}

void World::settle(Milliseconds time) {
  if (!node_) return;  // It was not possible to start one, and that has been said.
  node_->wake();
  scheduler.run_for(time);
  check_scrubber();
}

void World::finish() {
  // The weather is fine from here on.
  disk.faults = {};
  disk.capacity = kGiB;
  plan.store_faults = {};
  crash_in_steps_ = 0;
  // A clock that was set back would keep deadlines away for as long.
  clock.wall_offset_s = latest_wall_offset_s_;
  for (const Ending ending : {Ending::kill, Ending::power_loss}) {
    restart_now(ending);
    settle(Milliseconds{5'000});
    oracle.check_references();
    oracle.check_contents();
    if (oracle.violation()) return;
  }
  // Long enough for every deadline, for a clock that is not trusted, and for what is held back.
  for (int i = 0; i < 8 && !oracle.violation(); ++i) {
    scheduler.leap(Milliseconds{900'000});
    settle(Milliseconds{130'000});
  }
  if (oracle.violation()) return;
  oracle.check_at_rest();
  check_tables();
  oracle.check_contents();
  if (node_ && node_->streams() != 0)
    oracle.fail("I9", "A stream is registered, and nothing is at work.");
  restart_now(Ending::power_loss);
  oracle.check_at_rest();
}

void World::close() {
  closing_ = true;
  end_node();
  if (!scheduler.run_to_end(kWorld, kClosingStepsMax)) oracle.fail("answer", "A client hangs.");
}

Outcome World::run() {
  live();
  if (!oracle.violation()) finish();
  Outcome outcome;
  outcome.violation = oracle.violation();
  outcome.trace_hash = trace.hash();
  outcome.operations = operations_;
  outcome.attempts = attempts_;
  outcome.uploads = oracle.uploads.size();
  outcome.crashes = crashes_;
  outcome.power_losses = power_losses_;
  outcome.scrubbed_blobs = scrubbed_blobs_;
  outcome.steps = scheduler.steps();
  outcome.checks = checks_;
  close();
  if (!outcome.violation) outcome.violation = oracle.violation();
  return outcome;
}

}  // namespace partwise::sim
