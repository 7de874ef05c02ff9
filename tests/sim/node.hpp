#pragma once

// One run of the server, alone on its stores or one of several: the real services, sweeper, reaper,
// handlers and sessions over the real blob store, wired as src/server/server_parts.cpp does it, on
// a simulated disk, store, clock and network.

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "api/dispatcher.hpp"
#include "core/account_service.hpp"
#include "core/clock_guard.hpp"
#include "core/endings.hpp"
#include "core/online_checker.hpp"
#include "core/reaper.hpp"
#include "core/scrubber.hpp"
#include "core/sharing.hpp"
#include "core/sweeper.hpp"
#include "disk_view.hpp"
#include "http/session.hpp"
#include "link.hpp"
#include "sim_store.hpp"
#include "store/disk/disk_blob_store.hpp"
#include "store/disk/disk_live_blobs.hpp"

namespace partwise::sim {

// Wall time stands apart from the scheduler's, which is monotonic, and can be set.
class SimClock final : public Clock {
 public:
  explicit SimClock(const Scheduler& scheduler) : scheduler_(scheduler) {}
  [[nodiscard]] Timestamp now() const override {
    const auto passed = static_cast<std::int64_t>(scheduler_.now_ms() / 1000);
    return from_unix_seconds(1'700'000'000 + passed + wall_offset_s);
  }
  [[nodiscard]] MonotonicTime monotonic_now() const override { return scheduler_.now(); }

  std::int64_t wall_offset_s = 0;

 private:
  const Scheduler& scheduler_;
};

// Into the trace, where somebody reads it.
class TraceLog final : public Log {
 public:
  explicit TraceLog(Trace& trace) : trace_(trace) {}
  [[nodiscard]] bool writes(LogLevel) const override { return trace_.prints(); }
  void write(LogLevel level, std::string_view message) override;

 private:
  Trace& trace_;
};

// Jobs run one at a time, each at a moment that the scheduler picks.
class SimWorkers final : public WorkerPool {
 public:
  SimWorkers(Scheduler& scheduler, Owner owner) : scheduler_(scheduler), owner_(owner) {}
  void post(Job job) override { scheduler_.act(owner_, "worker", std::move(job)); }
  [[nodiscard]] bool is_busy() const override { return true; }

 private:
  Scheduler& scheduler_;
  const Owner owner_;
};

// What a run tells the others, as far as the network carries it.
using Tell = std::function<void(Owner from, const UploadId& upload, std::string_view status)>;

class SimEndings final : public Endings {
 public:
  SimEndings(Owner owner, const Tell& tell) : owner_(owner), tell_(tell) {}
  void announce(const UploadId& upload, std::string_view status) override;
  void listen(Hear hear) override { hear_ = std::move(hear); }

  void hear(const UploadId& upload, const std::string& status);
  // Whether this run knows that the upload has ended, for a deliberate bug.
  [[nodiscard]] bool knows(const UploadId& upload) const { return known_.contains(upload); }

 private:
  const Owner owner_;
  const Tell& tell_;
  Hear hear_;
  std::set<UploadId> known_;
};

// What all runs share, but for the clock, which is that of their machine. All outlive them.
struct NodeParts {
  Scheduler& scheduler;
  Dice& dice;
  Trace& trace;
  SimClock& clock;
  Random& random;
  Disk& disk;
  Engine& engine;
  const StoreFaults& store_faults;
  Sharing sharing;
  const Tell& tell;
  CoreLimits limits;
  DiskLimits disk_limits;
  Md5Mode md5;
  Mutation mutation;
  bool scrubs;
  std::function<void()> on_commit;
  bool checks_online;  // All the time, beside everything else.
  std::function<void(const OnlineReport&)> on_checked;
};

class Node {
 public:
  // The key that clients use.
  static constexpr std::string_view kKey = "pw-key-of-the-simulator";

  // Recovers from whatever the disk and the store hold. Error: the run could not start.
  [[nodiscard]] static Result<std::unique_ptr<Node>> start(const NodeParts& parts, Owner owner);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  void accept(std::shared_ptr<Link> link);
  // The run is over. Nothing that its requests still do reaches the disk, the store or a client;
  // they are led to their ends without it. False where one does not end.
  [[nodiscard]] bool end();

  // It serves no more, and only another run can.
  [[nodiscard]] bool has_failed() const { return store_failed_ || blobs_->status().degraded; }
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }
  [[nodiscard]] std::size_t sessions() const { return sessions_; }
  [[nodiscard]] BlobStore& blobs() { return *blobs_; }
  // Its process was ended in the middle of a step.
  [[nodiscard]] bool is_killed() const { return files_.is_detached() && !ending_; }
  void kill_before_change(std::uint64_t n) { files_.detach_before_change(n); }
  void call_at_change(std::uint64_t n, Call call) { files_.call_at_change(n, std::move(call)); }
  // Another node says that an upload has ended.
  void hear(const UploadId& upload, const std::string& status) { endings_.hear(upload, status); }
  // Nothing where there is no scrubber.
  [[nodiscard]] ScrubberFigures scrubbed() const {
    return scrubber_ ? scrubber_->figures() : ScrubberFigures{};
  }
  // Nothing is held, staged or leased: the requests have ended.
  void wake();

 private:
  Node(const NodeParts& parts, Owner owner);
  void build();
  void build_api();
  void build_scrubber();
  void serve();
  [[nodiscard]] http::Handler mutated(http::Handler handler);
  // The handler lives as long as the node.
  Task<http::Response> answer_wrongly(const http::Handler& handler, http::Exchange& exchange);
  Task<http::Response> cancel_without_cut(http::Exchange& exchange);
  [[nodiscard]] bool is_shared() const { return parts_.sharing == Sharing::many_nodes; }
  void spawn(Task<> task);
  Task<> keep_house();
  Task<> check_online();

  // Constant after construction.
  const NodeParts parts_;
  const Owner owner_;
  const http::HttpLimits http_limits_;
  // In the order of their dependence.
  TraceLog log_;
  DiskView files_;
  SimWorkers workers_;
  SimEndings endings_;
  SimStore store_;
  const RunId run_;
  Loop loop_;
  StreamRegistry streams_;
  StreamRegistry other_streams_;  // For a deliberate bug.
  ClockGuard guard_;
  LeaseTable leases_;
  LeaseTable no_leases_;  // Likewise.
  std::unique_ptr<DiskBlobStore> blobs_;
  std::optional<Authenticator> authenticator_;
  std::optional<AccountService> accounts_;
  std::optional<RateLimiter> rate_limiter_;
  std::optional<RequestSlots> slots_;
  std::optional<Reaper> reaper_;
  std::optional<ContentIntake> intake_;
  std::optional<ContentChecker> checker_;
  std::optional<UploadService> uploads_;
  std::optional<FileService> file_service_;
  std::optional<Sweeper> sweeper_;
  std::optional<DiskLiveBlobs> live_blobs_;
  std::optional<OnlineChecker> online_checker_;
  std::optional<Scrubber> scrubber_;  // In some histories.
  std::optional<api::Dispatcher> dispatcher_;
  http::Handler handler_;
  http::ErrorRenderer error_renderer_;
  http::BufferPool buffers_;
  std::optional<WakeSignal> housekeeping_;
  std::optional<WakeSignal> next_check_;

  std::vector<std::weak_ptr<Link>> links_;
  std::size_t sessions_ = 0;
  std::size_t background_ = 0;
  bool ending_ = false;
  bool store_failed_ = false;
};

}  // namespace partwise::sim
