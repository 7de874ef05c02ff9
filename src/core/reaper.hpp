#pragma once

// Removes the bytes of what has ended: claims garbage in a transaction, removes its blobs, and only
// then forgets the rows. One pass at a time; a kill between any two steps costs a repetition. Lives
// on the loop.

#include <cstdint>
#include <deque>
#include <vector>

#include "base/call_after.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "core/blob_store.hpp"
#include "core/clock_guard.hpp"
#include "core/garbage_store.hpp"
#include "core/lease_table.hpp"

namespace partwise {

struct ReaperLimits {
  // Blobs of one claim: a batch is one transaction, and other removals get their turn between two.
  std::uint32_t batch_blobs_max = 128;
  // A look without a wake, so that held jobs ripen and errors are tried again.
  std::chrono::milliseconds idle_wait{10'000};
  // After an error, and while a backup keeps the blobs.
  std::chrono::milliseconds error_wait{1'000};
  // How long the bytes of what ended by time stay. On the monotonic clock.
  std::chrono::seconds hold{600};
};

struct ReaperParts {
  GarbageStore& garbage;
  BlobStore& blobs;
  const LeaseTable& leases;
  ClockGuard& guard;
  const Clock& clock;
  Log& log;
  CallAfter call_after;
  RunId run;
  ReaperLimits limits;
};

class Reaper {
 public:
  explicit Reaper(ReaperParts parts);

  // Runs until `stop`; spawned once and joined by its owner.
  [[nodiscard]] Task<> run();
  // One claim and what follows from it. True where there may be more to do at once.
  [[nodiscard]] Task<Result<bool>> pass();
  void wake() { signal_.wake(); }
  void stop();

  [[nodiscard]] std::uint64_t blobs_removed() const { return blobs_removed_; }
  [[nodiscard]] std::uint64_t failed_passes() const { return failed_passes_; }
  // Whether the last removal found that a backup keeps the blobs.
  [[nodiscard]] bool waits_for_backup() const { return waits_for_backup_; }

 private:
  struct Sighting {
    MonotonicTime at;
    std::uint64_t newest_job;
  };

  // Removes what was claimed and forgets its rows. False where a backup keeps the blobs.
  [[nodiscard]] Task<Result<bool>> remove(std::vector<ReapWork> work, std::vector<BlobKey> keys);
  void note_backup(bool keeps_blobs);
  void note_newest(std::uint64_t job);
  [[nodiscard]] std::uint64_t held_through();

  ReaperParts parts_;
  WakeSignal signal_;
  bool stopping_ = false;
  // Oldest first: when this process first saw which job numbers.
  std::deque<Sighting> sightings_;
  std::uint64_t held_through_ = 0;
  bool waits_for_backup_ = false;
  std::uint64_t blobs_removed_ = 0;
  std::uint64_t failed_passes_ = 0;
};

}  // namespace partwise
