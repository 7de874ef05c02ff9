#pragma once

// The table `reap_jobs`: what an ended upload or a deleted file leaves to be removed. A job counts
// its work in units: its blobs one by one, and for an upload its rows of `parts`; `settled` of them
// are done.

#include <optional>
#include <vector>

#include "core/blob.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

enum class JobKind : std::uint8_t {
  upload_parts,  // Cancelled or expired: each row of `parts` with its blob.
  part_rows,     // Completed: the blobs that the file does not use, then the rows of `parts`.
  file,          // Deleted or expired: the blobs of the tombstone's manifest.
};

struct Job {
  std::uint64_t seq = 0;  // Never used twice.
  JobKind kind = JobKind::file;
  std::uint64_t owner_seq = 0;   // Of the upload or the file.
  std::uint64_t key_count = 0;   // Of `keys`.
  std::uint64_t part_count = 0;  // Rows of `parts`; for a file its segments.
  std::uint64_t settled = 0;
  bool held = false;

  [[nodiscard]] std::uint64_t total() const { return key_count + part_count; }
};

// Reads the whole index: for the start. Errors as in Database.
[[nodiscard]] Result<std::uint64_t> count_jobs(Database& database);

// Errors as in Database.
class JobRows {
 public:
  explicit JobRows(Database& database);

  // Of `job`: kind, owner_seq, part_count and held. `keys`: for part_rows, else empty.
  [[nodiscard]] Result<> insert(const Job& job, const std::vector<BlobKey>& keys);
  [[nodiscard]] Result<std::optional<Job>> find(std::uint64_t seq);
  // The first job after `seq` that is not held, or has a number of at most `held_through`.
  [[nodiscard]] Result<std::optional<Job>> next_after(std::uint64_t seq,
                                                      std::uint64_t held_through);
  // The highest number that was ever given; 0 before the first.
  [[nodiscard]] Result<std::uint64_t> newest();
  // From the packed list of the job, from place `first` on.
  [[nodiscard]] Result<std::vector<BlobKey>> keys(std::uint64_t seq, std::uint64_t first,
                                                  std::uint32_t count);
  [[nodiscard]] Result<> set_settled(std::uint64_t seq, std::uint64_t settled);
  [[nodiscard]] Result<> remove(std::uint64_t seq);

 private:
  // Constant after construction.
  Statement insert_;
  Statement find_;
  Statement next_after_;
  Statement newest_;
  Statement keys_;
  Statement set_settled_;
  Statement remove_;
};

}  // namespace partwise::sqlite
