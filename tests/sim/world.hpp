#pragma once

// One history: servers that live, die and recover, the clients that use them, and the weather. A
// function of its seed.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fleet.hpp"
#include "node.hpp"
#include "oracle.hpp"
#include "plan.hpp"

namespace partwise::sim {

// What became of one seed.
struct Outcome {
  std::uint64_t seed = 0;
  std::optional<Violation> violation;
  std::uint64_t trace_hash = 0;
  std::uint64_t operations = 0;  // Asked for by clients, repetitions not counted.
  std::uint64_t attempts = 0;    // Repetitions counted.
  std::uint64_t uploads = 0;
  std::uint64_t nodes = 0;
  std::uint64_t crashes = 0;
  std::uint64_t power_losses = 0;  // Of the crashes.
  std::uint64_t kills = 0;         // Likewise: of one node while the others went on.
  std::uint64_t scrubbed_blobs = 0;
  std::uint64_t steps = 0;
  std::uint64_t checks = 0;  // Beside the clients, to their ends.
};

// Which store holds the metadata. Unless asked, one seed in four runs on SQLite, and half of the
// others have several nodes.
enum class StoreKind : std::uint8_t { mixed, memory, sqlite, shared };

class World {
 public:
  World(std::uint64_t seed, Mutation mutation, bool prints, StoreKind kind = StoreKind::mixed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] Outcome run();

  // For the clients.
  [[nodiscard]] Task<> pause(Milliseconds wait);
  // Null where nobody listens.
  [[nodiscard]] std::shared_ptr<Link> connect() { return fleet_.connect(); }
  [[nodiscard]] bool wants_more() const { return !closing_ && operations_ < plan.operations; }
  [[nodiscard]] bool is_closing() const { return closing_; }
  void note_operation();
  void note_attempt() { ++attempts_; }
  [[nodiscard]] std::uint64_t number() { return ++numbers_; }

  // Set before `run`: every run of the server checks itself all the time.
  bool checks_online = false;

  Plan plan;
  Dice dice;
  Trace trace;
  Scheduler scheduler;
  SimClock clock;  // That decides.
  DecidingClock deciding_clock;
  Disk disk;
  const std::unique_ptr<DurableStore> store;
  Engine engine;
  Oracle oracle;
  // Ids that a client has heard of.
  std::vector<std::string> known_uploads;
  std::vector<std::string> known_files;
  std::vector<std::string> long_files;  // Of them: those of many blobs.
  // The file of the last download that takes its time; empty: none.
  std::string slow_download;
  // Creates that named a key: to be sent again.
  std::vector<Request> keyed_creates;

 private:
  [[nodiscard]] FleetParts fleet_parts();
  [[nodiscard]] std::unique_ptr<DurableStore> make_store(bool on_sqlite, Mutation mutation);
  [[nodiscard]] CoreLimits limits_of(Mutation mutation) const;
  void note_check(const OnlineReport& report);
  void set_clock(std::int64_t by_s);
  void excuse();
  void spawn_clients();
  void arm_crash();
  void crash(Ending ending);
  void check_tables();
  void check_scrubber();
  void watch();
  void change_weather();
  void live();
  void finish();
  // A client asks for all that there is.
  void read_everything();
  void settle(Milliseconds time);
  void restart_now(Ending ending);
  void close();

  const Mutation mutation_;
  const bool scrubs_;
  DiceRandom random_;
  Loop client_loop_;
  Fleet fleet_;
  std::size_t clients_at_work_ = 0;
  bool closing_ = false;
  std::uint64_t operations_ = 0;
  std::uint64_t attempts_ = 0;
  std::uint64_t numbers_ = 0;
  std::uint64_t commits_ = 0;
  std::uint64_t checks_ = 0;
  std::uint64_t crashes_ = 0;
  std::uint64_t power_losses_ = 0;
  std::size_t crashes_armed_ = 0;
  std::int64_t latest_wall_offset_s_ = 0;
  std::uint64_t crash_in_steps_ = 0;  // 0: none is planned.
  Ending planned_ending_ = Ending::kill;
};

}  // namespace partwise::sim
