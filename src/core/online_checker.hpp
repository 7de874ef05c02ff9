#pragma once

// Compares the metadata with the bytes beside the server that changes both: every part and file has
// its blob, of the right size; every blob has an owner. What looks wrong is looked at again, and
// only what both looks miss is a finding. Repairs nothing, and reads no content.
//
// Not looked at: CRC64s, counters, staging, rows that contradict each other, and blobs with two
// owners. Those need a data directory at rest: see core/checker.hpp.

#include <cstdint>
#include <vector>

#include "base/task.hpp"
#include "core/blob_pass.hpp"
#include "core/checker.hpp"
#include "core/live_blobs.hpp"
#include "core/live_catalog.hpp"

namespace partwise {

struct OnlineCheckLimits {
  // Keys that are remembered at once, 17 bytes each (a group is never divided). Where there are
  // more blobs, the metadata is walked once for each of these.
  std::size_t keys_max = 1'000'000;
  // Of one look into the metadata: some milliseconds, in which no list is served.
  std::uint32_t page_blobs_max = 2'000;
  // Whose sizes are asked for in one call.
  std::size_t sizes_max = 500;
  // Findings that are kept in words; more are counted.
  std::size_t findings_max = 1'000;
};

struct OnlineReport {
  std::vector<Finding> findings;
  std::uint64_t findings_total = 0;
  std::uint64_t blobs_listed = 0;   // On the disk.
  std::uint64_t blobs_checked = 0;  // Of parts and files.
  std::uint64_t bytes_checked = 0;  // Of them, as the disk says.

  [[nodiscard]] bool is_clean() const { return findings_total == 0; }
};

// Lives on the loop.
class OnlineChecker {
 public:
  // Both outlive the checker.
  OnlineChecker(LiveCatalog& catalog, LiveBlobs& blobs, OnlineCheckLimits limits = {})
      : catalog_(catalog), blobs_(blobs), limits_(limits) {}
  OnlineChecker(const OnlineChecker&) = delete;
  OnlineChecker& operator=(const OnlineChecker&) = delete;

  // Between small steps it asks `may_go_on`. Errors: already_running; unavailable (the server is
  // stopping); those of may_go_on and of both ports.
  [[nodiscard]] Task<Result<OnlineReport>> check(MayGoOn may_go_on);

  // The server is draining: a check under way ends at its next step, and none begins.
  void stop() { stopping_ = true; }

 private:
  // Constant after construction.
  LiveCatalog& catalog_;
  LiveBlobs& blobs_;
  const OnlineCheckLimits limits_;
  // Touched on the loop only.
  bool running_ = false;
  bool stopping_ = false;
};

}  // namespace partwise
