#pragma once

// The port to what must be removed. A blob is born garbage: its intent is recorded while its
// content arrives, and the transaction that makes it part of something deletes the intent. So
// whatever happens, every blob is named either by a part or file, or by a row here; no directory is
// ever walked to find it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/task.hpp"
#include "core/blob.hpp"
#include "core/ids.hpp"

namespace partwise {

// Some of the work of one reap job, claimed: nothing can adopt these blobs any more.
struct ReapWork {
  std::uint64_t job = 0;       // Of the store; meaningless elsewhere.
  std::vector<BlobKey> blobs;  // To be removed. May be empty: only rows are left to be settled.
  std::uint64_t cursor = 0;    // Of the store: how far this work reaches into its job.
  std::optional<FileId> file;  // Whose content it was: not before the last lease on it ends.
};

// Which jobs may be claimed now.
struct ClaimFilter {
  // A job of something that ended by time is held back: it may be claimed once its number is at
  // most this. Numbers grow in the order of creation, so that one number tells the ripe from the
  // held.
  std::uint64_t held_through = 0;
  // Jobs to leave alone for now: the files of downloads under way.
  std::vector<std::uint64_t> passed_over;
};

struct ReapBatch {
  std::vector<ReapWork> work;
  std::uint64_t newest_job = 0;  // The highest number of any job so far; 0 if there never was one.
};

// What one pass of expiry did.
struct SweepOutcome {
  std::vector<UploadId> expired_uploads;  // Moved now: their streams are to be cut.
  std::vector<FileId> expired_files;
  // Old ended uploads, tombstones and idempotency records that were forgotten.
  std::uint32_t purged = 0;
  // On a shared store: intents that nobody can adopt any more, because of their age.
  std::uint32_t abandoned_intents = 0;
  bool more = false;                  // The limit was reached; there is more that is due.
  std::optional<Timestamp> next_due;  // When the next row falls due, if any will.
};

// Durability and thread-safety as in UploadStore.
//
// On a store that many nodes share (core/sharing.hpp), by the store's clock:
// - Another run is no dead run: its intents are left alone. `sweep` ends those that are older than
//   `intent_life`: nothing can adopt them from then on, and a job removes their blobs that is held
//   back as those of everything that ended by time.
// - A job of a file may be claimed `reader_grace` after the file ended.
// - What one run has claimed is offered to others `claim_lease` later, and to itself at once. Two
//   that remove the same blobs, and both settle, do no harm: a key is never used again, a blob that
//   is gone counts as removed, and work that is settled stays so.
class GarbageStore {
 public:
  virtual ~GarbageStore() = default;

  // `key` belongs to `run` and is garbage unless something adopts it. Durable before the blob has a
  // name.
  [[nodiscard]] virtual Task<Result<>> record_intent(BlobKey key, RunId run) = 0;

  // The intent falls due: its blob was refused, or its stream failed. Harmless where it is gone.
  [[nodiscard]] virtual Task<Result<>> release_intent(BlobKey key) = 0;

  // Claims up to `blobs_max` blobs' worth of work (at least one piece where there is any), oldest
  // first, within `filter`. Intents of other runs than `run` are due where the store belongs to one
  // process: those runs are dead. Claiming again what was claimed and not settled is harmless.
  [[nodiscard]] virtual Task<Result<ReapBatch>> claim_work(RunId run, std::uint32_t blobs_max,
                                                           ClaimFilter filter) = 0;

  // The blobs of `work` are gone, durably: forgets them, and the job where it was the last of it.
  [[nodiscard]] virtual Task<Result<>> settle_work(std::vector<ReapWork> work) = 0;

  // Moves at most `rows_max` overdue uploads and files to expired. Forgets ended uploads older than
  // `ended_ttl` whose blobs are gone: they become tombstones, which only keep their place in lists.
  // Removes tombstones of uploads and files 30 days after they were forgotten or deleted, and
  // idempotency records after kIdempotencyTtl.
  [[nodiscard]] virtual Task<Result<SweepOutcome>> sweep(std::uint32_t rows_max,
                                                         std::chrono::seconds ended_ttl) = 0;
};

}  // namespace partwise
