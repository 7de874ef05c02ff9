#pragma once

// The table `reap_jobs`: what an ended upload, a deleted file or a stream that was given up leaves
// to be removed. A job counts its work in units: its blobs one by one, and its rows; `settled` of
// them are done.

#include <optional>
#include <vector>

#include "core/garbage_store.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::job_rows {

enum class JobKind : std::uint8_t {
  upload_parts,  // Cancelled or expired: each row of `parts` with its blob.
  part_rows,     // Completed: the blobs that the file does not use, then the rows of `parts`.
  file,          // Deleted or expired: the blobs of the tombstone's manifest.
  intents,       // Given up for their age: each row of `intents` with its blob.
};

struct Job {
  std::uint64_t seq = 0;  // Never used twice.
  JobKind kind = JobKind::file;
  std::uint64_t owner_seq = 0;   // Of the upload or the file.
  std::uint64_t key_count = 0;   // Of `keys`.
  std::uint64_t part_count = 0;  // Rows; for a file its segments.
  std::uint64_t settled = 0;
  bool held = false;
  Timestamp due_at{};  // Not to be claimed before.

  [[nodiscard]] std::uint64_t total() const { return key_count + part_count; }
};

// Errors of all: those of the database.

// Of `job`: kind, owner_seq, part_count, held and due_at. `keys`: for part_rows, else empty. Put
// off.
void insert(Transaction& tx, const Job& job, const std::vector<BlobKey>& keys);
// An empty job of intents; returns its number.
[[nodiscard]] Result<std::uint64_t> insert_of_intents(Transaction& tx, Timestamp now);
void set_part_count(Transaction& tx, std::uint64_t seq, std::uint64_t part_count);
// The row, held from now on.
[[nodiscard]] Result<std::optional<Job>> hold(Transaction& tx, std::uint64_t seq);
// Up to `count` jobs, the oldest first, that may be claimed by `run` at `now`; nobody else holds
// them, and they are held from now on.
[[nodiscard]] Result<std::vector<Job>> hold_free(Transaction& tx, const RunId& run, Timestamp now,
                                                 const ClaimFilter& filter, std::uint32_t count);
// Leaves jobs to `run` until then. Put off.
void claim(Transaction& tx, const std::vector<std::uint64_t>& jobs, const RunId& run,
           Timestamp until);
// The highest number that was ever given, and perhaps is not committed yet; 0 before the first.
// The second is the time.
[[nodiscard]] Result<std::pair<std::uint64_t, Timestamp>> newest(Transaction& tx);
// From the packed list of the job, from place `first` on.
[[nodiscard]] Result<std::vector<BlobKey>> keys(Transaction& tx, std::uint64_t seq,
                                                std::uint64_t first, std::uint32_t count);
// Put off.
void set_settled(Transaction& tx, std::uint64_t seq, std::uint64_t settled);
void remove(Transaction& tx, std::uint64_t seq);

}  // namespace partwise::postgres::job_rows
