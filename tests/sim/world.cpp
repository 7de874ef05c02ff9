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

bool is_on_sqlite(std::uint64_t seed, StoreKind kind) {
  return kind == StoreKind::sqlite || (kind == StoreKind::mixed && seed % kSqliteEverySeeds == 0);
}

Plan plan_of(std::uint64_t seed, StoreKind kind) {
  if (kind == StoreKind::shared) return make_plan(seed, NodeCount::several);
  return make_plan(seed, is_on_sqlite(seed, kind) ? NodeCount::one : NodeCount::any);
}

}  // namespace

World::World(std::uint64_t seed, Mutation mutation, bool prints, StoreKind kind)
    : plan(plan_of(seed, kind)),
      dice(seed),
      trace(prints),
      scheduler(dice, trace),
      clock(scheduler),
      deciding_clock(clock),
      disk(dice, plan.disk_bytes),
      store(make_store(is_on_sqlite(seed, kind), mutation)),
      engine(*store, deciding_clock, mutation, {"default"}),
      oracle(engine, disk, trace),
      mutation_(mutation),
      scrubs_(!plan.is_shared() &&
              (seed % kScrubberEverySeeds == 0 || seed % kScrubberEverySeeds == 2)),
      random_(seed + 1),
      fleet_(fleet_parts()) {
  scheduler.slow_per_mille = plan.slow_per_mille;
  scheduler.add_loop(client_loop_, kWorld);
  disk.directories.try_emplace("data");
  disk.on_link = [this](const std::string& path) { oracle.check_link(path); };
  disk.on_remove = [this](const std::string& path) { oracle.check_removal(path); };
  engine.remove_blob = [this](BlobKey key) {
    const std::string path = "data/blobs/" + key.text().substr(0, 2) + "/" + key.text();
    if (disk.find(path)) disk.name_at(path).changes.push_back(nullptr);
  };
  excuse();
  Quotas quotas;
  if (plan.quota_bytes > 0) quotas.bytes = plan.quota_bytes;
  if (mutation == Mutation::quota_ignored) quotas.bytes.reset();
  if (mutation == Mutation::quota_refuses_early && quotas.bytes) *quotas.bytes /= 2;
  (void)run_now(store->accounts().create_project({"default"}, quotas));
}

std::unique_ptr<DurableStore> World::make_store(bool on_sqlite, Mutation mutation) {
  if (on_sqlite) return make_sql_store(disk, deciding_clock, limits_of(mutation), mutation);
  return std::make_unique<MemoryDurableStore>(
      deciding_clock, limits_of(mutation),
      plan.is_shared() ? Sharing::many_nodes : Sharing::one_process);
}

CoreLimits World::limits_of(Mutation mutation) const {
  CoreLimits limits = small_core_limits();
  limits.claim_lease = plan.claim_lease;
  if (mutation == Mutation::reader_grace_ignored) limits.reader_grace = std::chrono::seconds{0};
  if (mutation == Mutation::claims_kept_forever) limits.claim_lease = std::chrono::days{1000};
  return limits;
}

void World::excuse() {
  oracle.excuses.faults = plan.has_faults();
  if (plan.quota_bytes > 0) oracle.excuses.quota_bytes = plan.quota_bytes;
  oracle.excuses.clock_set_back = plan.sets_deciding_clock();
  oracle.excuses.may_be_forgotten = plan.jumps_days && plan.sets_deciding_clock();
  oracle.excuses.key_forgotten = oracle.excuses.may_be_forgotten;
  oracle.excuses.is_shared = plan.is_shared();
  if (plan.is_shared()) oracle.excuses.reader_grace = small_core_limits().reader_grace;
}

World::~World() = default;

FleetParts World::fleet_parts() {
  return {.plan = plan,
          .dice = dice,
          .trace = trace,
          .scheduler = scheduler,
          .clock = clock,
          .random = random_,
          .disk = disk,
          .engine = engine,
          .oracle = oracle,
          .limits = limits_of(mutation_),
          .mutation = mutation_,
          .scrubs = scrubs_,
          .on_commit =
              [this] {
                oracle.note_commit(scheduler.steps());
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

Task<> World::pause(Milliseconds wait) {
  auto start = [this, wait](Completion<bool> complete) {
    auto end = [call = std::move(complete)]() mutable { call(true); };
    if (wait.count() == 0) return scheduler.act(kWorld, "client", std::move(end));
    scheduler.after(kWorld, wait, "client", std::move(end));
  };
  (void)co_await await_completion<bool>(std::move(start));
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
  if (plan.is_shared() && dice.chance(plan.kills_per_mille)) return fleet_.arm_kill();
  planned_ending_ = dice.chance(700) ? Ending::power_loss : Ending::kill;
  if (dice.chance(400)) {
    disk.freeze_before_change(dice.between(1, 20), planned_ending_);
  } else {
    crash_in_steps_ = dice.between(1, 300);
  }
}

void World::set_clock(std::int64_t by_s) {
  trace.tell(fmt::format("a wall clock is set by {} s", by_s));
  if (plan.sets_clocks_of_nodes) return fleet_.set_clock(by_s);
  oracle.note_time();  // It may never be so late again.
  clock.wall_offset_s += by_s;
  latest_wall_offset_s_ = std::max(latest_wall_offset_s_, clock.wall_offset_s);
  oracle.note_time();
  // Intents of streams that are under way may be given up for their age.
  if (plan.is_shared()) oracle.excuses.disturbed = scheduler.steps();
}

void World::change_weather() {
  for (const std::uint64_t moment : plan.stops) {
    if (moment == operations_) fleet_.arm_stop();
  }
  for (const std::uint64_t moment : plan.leaps) {
    if (moment != operations_ || fleet_.is_anyone_stopped()) continue;
    const Milliseconds by{dice.between(60'000, plan.is_shared() ? 6'000'000 : 4'200'000)};
    trace.tell(fmt::format("{} ms pass", by.count()));
    scheduler.leap(by);
    oracle.excuses.disturbed = scheduler.steps();  // Whoever waits for a peer waits no more.
  }
  for (const std::uint64_t moment : plan.settings) {
    if (moment != operations_) continue;
    const std::int64_t most = plan.jumps_days ? 400LL * 24 * 3600 : 4000;
    const auto by = static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(2 * most)));
    set_clock(by - most);
  }
}

void World::crash(Ending ending) {
  disk.freeze(ending);
  ++crashes_;
  if (ending == Ending::power_loss) ++power_losses_;
  oracle.excuses.disturbed = scheduler.steps();
  trace.tell(ending == Ending::kill ? "the server is killed" : "the power goes");
  crash_in_steps_ = 0;
  fleet_.end_all();
  store->close();
  disk.end();
  if (auto opened = store->open(); !opened) {
    return oracle.fail("I1", "The metadata cannot be opened: " + opened.error().message);
  }
  engine.forget_rows();
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
  if (!fleet_.has_found_damage()) return;
  oracle.fail("I5", "The scrubber says that a blob is damaged, and the disk did not rot.");
}

void World::watch() {
  check_scrubber();
  if (disk.is_frozen()) {
    crash(planned_ending_);
  } else if (crash_in_steps_ > 0 && --crash_in_steps_ == 0) {
    crash(planned_ending_);
  } else if (crash_in_steps_ == 0 && fleet_.has_failed()) {
    // The process ends by itself, or somebody restarts it.
    planned_ending_ = Ending::kill;
    crash_in_steps_ = dice.between(1, 200);
  }
  fleet_.watch();
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
  fleet_.start_all();
  disk.faults = plan.disk_faults;
  spawn_clients();
  while (clients_at_work_ > 0 && !oracle.violation()) {
    if (!scheduler.step() || scheduler.steps() > kStepsMax) {
      return oracle.fail("answer", "The history hangs.");
    }
    watch();
  }
}

void World::close() {
  closing_ = true;
  fleet_.close();
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
  outcome.nodes = plan.nodes;
  outcome.crashes = crashes_ + fleet_.kills();
  outcome.kills = fleet_.kills();
  outcome.power_losses = power_losses_;
  outcome.scrubbed_blobs = fleet_.scrubbed_blobs();
  outcome.steps = scheduler.steps();
  outcome.checks = checks_;
  close();
  if (!outcome.violation) outcome.violation = oracle.violation();
  return outcome;
}

}  // namespace partwise::sim
