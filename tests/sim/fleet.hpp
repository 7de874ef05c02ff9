#pragma once

// The nodes of one history, one or several on the same stores: places in which one run of the
// server follows another. A node ends and starts again while the others go on; the network between
// them loses, delays and doubles what they tell each other.

#include <memory>
#include <string>
#include <vector>

#include "node.hpp"
#include "oracle.hpp"
#include "plan.hpp"

namespace partwise::sim {

// All outlive the fleet.
struct FleetParts {
  const Plan& plan;
  Dice& dice;
  Trace& trace;
  Scheduler& scheduler;
  SimClock& clock;  // That decides. A node that is alone has no other.
  Random& random;
  Disk& disk;
  Engine& engine;
  Oracle& oracle;
  CoreLimits limits;
  Mutation mutation;
  bool scrubs;
  std::function<void()> on_commit;
  const bool& checks_online;  // May be set until the first run starts.
  std::function<void(const OnlineReport&)> on_checked;
};

class Fleet {
 public:
  explicit Fleet(FleetParts parts);
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // Every node that does not serve is started now, or tried again where that fails.
  void start_all();
  // Every run ends.
  void end_all();
  // The same, and none is started any more.
  void close();
  // After each step: what ended in the middle of it, or was to end now, is ended; what does not
  // serve is started after a while.
  void watch();
  // One of several nodes will be killed, soon.
  void arm_kill();
  // One of several nodes will stand still, soon: for some minutes, or for longer than its intents
  // are its own. Then it goes on as if nothing had been.
  void arm_stop();
  [[nodiscard]] bool is_anyone_stopped() const;
  // The wall clock of one of several nodes is set.
  void set_clock(std::int64_t by_s);

  // To some node that listens; null where none does.
  [[nodiscard]] std::shared_ptr<Link> connect();
  void wake();
  [[nodiscard]] std::size_t streams() const;
  // A node has failed that is alone.
  [[nodiscard]] bool has_failed() const;
  [[nodiscard]] std::uint64_t kills() const { return kills_; }
  // By scrubbers: of runs that are over, and of the current ones.
  [[nodiscard]] std::uint64_t scrubbed_blobs() const;
  [[nodiscard]] bool has_found_damage() const;

 private:
  struct Place {
    SimClock clock;
    std::unique_ptr<Node> node = {};
    Owner run = kWorld;
    bool is_starting = false;
    std::uint64_t kill_in_steps = 0;    // 0: none is planned.
    std::uint64_t resume_in_steps = 0;  // 0: it is not stopped.
    std::uint64_t stopped_at_ms = 0;
    std::uint64_t leap_in_steps = 0;  // Time passes for all the others.
  };

  [[nodiscard]] NodeParts node_parts(Place& place);
  void start(Place& place);
  void start_after(Place& place, Milliseconds wait);
  void end(Place& place);
  void kill(Place& place);
  void watch_several(Place& place);
  void stop(Place& place);
  void resume(Place& place);
  void watch_stopped(Place& place);
  void tell_others(Owner from, const UploadId& upload, std::string_view status);

  const FleetParts parts_;
  const Tell tell_;
  std::vector<Place> places_;  // Of constant size.
  Owner runs_ = kWorld;
  std::uint64_t kills_ = 0;
  std::uint64_t scrubbed_before_ = 0;
  bool closed_ = false;
};

}  // namespace partwise::sim
