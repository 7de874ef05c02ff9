#pragma once

// Reads everything that is stored, slowly and again and again, and compares it with its CRC64: so
// that what a disk has lost is known while there still is a backup. It repairs nothing, because
// there is no second copy. Lives on the loop; reads on the workers, one burst at a time.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/call_after.hpp"
#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "core/blob_finding.hpp"
#include "core/blob_store.hpp"
#include "core/live_catalog.hpp"
#include "core/pace.hpp"
#include "core/scrub_progress.hpp"

namespace partwise {

struct ScrubberLimits {
  std::uint64_t rate_bytes_per_s = 0;  // 0: it does nothing.
  // From the beginning of one pass to that of the next; a longer pass is followed by one at once.
  std::chrono::seconds interval{30 * 24 * 3600};
  // Of one read: what a stop waits for, and a multiple of what disks are read in.
  std::size_t burst_bytes = kMiB;
  // What a kill makes it read again, at most.
  std::chrono::seconds save_interval{60};
  // The longest sleep: a jump of the clock is noticed by then.
  std::chrono::milliseconds idle_wait{3'600'000};
  std::chrono::milliseconds error_wait{60'000};
};

struct ScrubberParts {
  LiveCatalog& catalog;
  BlobStore& blobs;
  FileSystem& files;
  std::string record_path;  // The small file that remembers how far it is.
  WorkerPool& workers;
  const Clock& clock;
  Log& log;
  CallAfter call_after;
  ScrubberLimits limits;
};

// What it has done since it was made and, of `damaged_blobs` and `last_pass_at`, before.
struct ScrubberFigures {
  std::uint64_t read_blobs = 0;
  std::uint64_t read_bytes = 0;
  std::uint64_t missing = 0;
  std::uint64_t damaged = 0;
  std::uint64_t unreadable = 0;
  // What the last full pass found wrong, or the one under way where that is more.
  std::uint64_t damaged_blobs = 0;
  Timestamp last_pass_at{};  // The end of the last full pass; the epoch: there was none.
};

class Scrubber {
 public:
  explicit Scrubber(ScrubberParts parts);
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  // Runs until `stop`, or not at all without a rate; spawned once and joined by its owner.
  [[nodiscard]] Task<> run();
  // Ends after the burst that is under way.
  void stop();

  [[nodiscard]] ScrubberFigures figures() const;

 private:
  // From where it is to the end, a stop, or the first error of the metadata store.
  [[nodiscard]] Task<Result<>> pass();
  // The blobs of it that were not read yet.
  [[nodiscard]] Task<Result<>> scrub_page(const OwnerPage& page);
  [[nodiscard]] Task<Result<>> scrub(const CatalogBlob& blob);
  // All of it, at the pace; of no use after a stop. Errors: not_found, io_failure, overloaded.
  [[nodiscard]] Task<Result<BlobContent>> read(BlobKey key);
  [[nodiscard]] Task<> rest_after(std::uint64_t bytes);
  void note(const CatalogBlob& blob, const BlobFinding& found);
  [[nodiscard]] std::chrono::milliseconds until_due() const;
  [[nodiscard]] Task<> load();
  [[nodiscard]] Task<> save();

  ScrubberParts parts_;
  WakeSignal signal_;
  Pace pace_;
  ScrubProgress progress_;
  MonotonicTime saved_at_;
  bool stopping_ = false;
  ScrubberFigures figures_;
};

}  // namespace partwise
