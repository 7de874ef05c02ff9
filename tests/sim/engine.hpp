#pragma once

// The metadata as a durable thing: it survives every crash with all transactions that it has run.
// One verb is one transaction, and runs at once. When a transaction is run, and who hears of it, is
// the affair of SimStore. Deliberate bugs of transactions are made here.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "durable_store.hpp"
#include "mutation.hpp"
#include "scheduler.hpp"

namespace partwise::sim {

// The clock that decides: the store's own; by a deliberate bug that of whoever asks.
class DecidingClock final : public Clock {
 public:
  explicit DecidingClock(const Clock& own) : own_(own) {}
  [[nodiscard]] Timestamp now() const override { return asking ? asking->now() : own_.now(); }
  [[nodiscard]] MonotonicTime monotonic_now() const override { return own_.monotonic_now(); }

  [[nodiscard]] const Clock& own() const { return own_; }

  const Clock* asking = nullptr;

 private:
  const Clock& own_;
};

// Everything that is there, as the clock has it.
struct Rows {
  std::vector<Upload> uploads;
  std::map<UploadId, std::vector<Part>> parts;  // Of those that are pending.
  std::vector<FileContent> files;
  // By key, of parts and files. What has two owners is in `shared_blobs` as well.
  std::map<BlobKey, BlobRef> references;
  std::vector<BlobKey> shared_blobs;
};

class Engine {
 public:
  // Both outlive the engine.
  Engine(DurableStore& store, DecidingClock& clock, Mutation mutation, ProjectId project)
      : store_(store), clock_(clock), mutation_(mutation), project_(std::move(project)) {}

  // While it lives, a node with this clock asks.
  struct Asking {
    explicit Asking(DecidingClock& deciding) : clock(deciding) {}
    ~Asking() { clock.asking = nullptr; }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    DecidingClock& clock;
  };
  [[nodiscard]] Asking asked_by(const Clock& node_clock);

  // The transactions of the three ports, as one run of the server asks for them.
  Result<Upload> create_upload(NewUpload upload);
  Result<Upload> find_upload(const OwnedUploadId& id);
  Result<Page<Upload>> list_uploads(const ProjectId& project, const PageRequest& page);
  Result<Page<Part>> list_parts(const OwnedUploadId& id, const PageRequest& page);
  // `knows_ended`: the node that asks has heard that the upload has ended.
  Result<Part> add_part(const OwnedUploadId& id, const NewPart& part, bool knows_ended);
  Result<CompleteOutcome> complete_upload(const OwnedUploadId& id, CompleteRequest request);
  Result<Upload> cancel_upload(const OwnedUploadId& id);
  Result<StoredFile> create_file(const NewFile& file);
  Result<FileContent> find_file(const OwnedFileId& id);
  Result<Page<StoredFile>> list_files(const ProjectId& project, const PageRequest& page);
  Result<StoredFile> delete_file(const OwnedFileId& id);
  Result<> record_intent(BlobKey key, const RunId& run);
  Result<> release_intent(BlobKey key);
  Result<ReapBatch> claim_work(const RunId& run, std::uint32_t blobs_max, ClaimFilter filter);
  Result<> settle_work(const std::vector<ReapWork>& work);
  Result<SweepOutcome> sweep(std::uint32_t rows_max, std::chrono::seconds ended_ttl);
  // Reads, which leave the rows as they are.
  [[nodiscard]] LiveCatalog& catalog() { return store_.catalog(); }
  // Everything else that is not touched by a deliberate bug.
  [[nodiscard]] DurableStore& store() {
    rows_.reset();
    return store_;
  }

  // For whoever checks: what is there, without changing it. Valid until the next transaction.
  [[nodiscard]] const Rows& rows();
  // The store was closed and opened again.
  void forget_rows() { rows_.reset(); }
  [[nodiscard]] Usage usage();
  // The transactions since the last call were committed; where not, they never were.
  void end_batch(bool is_committed);
  // Transactions are numbered in their order. That of a part, and that of the first success
  // of a cancel or complete of an upload; 0 where there is none.
  [[nodiscard]] std::uint64_t number_of_part(const std::string& part) const;
  [[nodiscard]] std::uint64_t number_of_end(const std::string& upload) const;
  // By the clock that decides.
  [[nodiscard]] Timestamp now() const { return clock_.now(); }
  // Whether a committed intent ever named this blob.
  [[nodiscard]] bool knows_blob(const std::string& key) const { return intents_.contains(key); }

  // Removes a blob from the disk, for the deliberate bugs that do so.
  std::function<void(BlobKey)> remove_blob = [](BlobKey) {};

 private:
  [[nodiscard]] bool adopts_anyway(const Result<Part>& added, bool knows_ended) const;
  [[nodiscard]] bool mends_intent(const Error& refusal, const BlobKey& key);
  void release_intents_of_others(const RunId& run);
  // The rows may change.
  [[nodiscard]] UploadStore& uploads() {
    rows_.reset();
    return store_.uploads();
  }
  [[nodiscard]] GarbageStore& garbage() {
    rows_.reset();
    return store_.garbage();
  }
  Result<Part> adopt_anyway(const OwnedUploadId& id, const NewPart& part);
  Result<CompleteOutcome> complete_what_fits(const OwnedUploadId& id, CompleteRequest request);

  DurableStore& store_;
  DecidingClock& clock_;
  const Mutation mutation_;
  const ProjectId project_;
  std::unordered_set<std::string> intents_;  // Keys of all that were recorded.
  std::map<BlobKey, RunId> runs_;            // Of intents, for a deliberate bug.
  using Numbers = std::unordered_map<std::string, std::uint64_t>;
  std::uint64_t transactions_ = 0;
  std::vector<std::pair<Numbers*, std::string>> batch_;
  Numbers part_numbers_;
  Numbers end_numbers_;
  RunId last_run_;
  // What was read last, and when; nothing where a transaction was run since.
  std::optional<Rows> rows_;
  Timestamp rows_read_at_{};
  std::uint64_t kept_charges_ = 0;
};

}  // namespace partwise::sim
