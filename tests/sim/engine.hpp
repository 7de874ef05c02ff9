#pragma once

// The metadata as a durable thing: it survives every crash with all transactions that it has run.
// One verb is one transaction, and runs at once. When a transaction is run, and who hears of it, is
// the affair of SimStore. Deliberate bugs of transactions are made here.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "durable_store.hpp"
#include "mutation.hpp"
#include "scheduler.hpp"

namespace partwise::sim {

class Engine {
 public:
  // Both outlive the engine.
  Engine(DurableStore& store, Clock& clock, Mutation mutation)
      : store_(store), clock_(clock), mutation_(mutation) {}

  // The transactions of the three ports, as one run of the server asks for them.
  Result<Upload> create_upload(NewUpload upload);
  Result<Upload> find_upload(const OwnedUploadId& id);
  Result<Page<Upload>> list_uploads(const ProjectId& project, const PageRequest& page);
  Result<Page<Part>> list_parts(const OwnedUploadId& id, const PageRequest& page);
  Result<Part> add_part(const OwnedUploadId& id, const NewPart& part);
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
  // Everything that is not touched by a deliberate bug.
  [[nodiscard]] DurableStore& store() { return store_; }

  // For whoever checks: what is there, without changing it.
  [[nodiscard]] std::vector<Upload> all_uploads(const ProjectId& project);
  // Of a pending upload that is not overdue.
  [[nodiscard]] std::vector<Part> parts_of(const Upload& upload);
  [[nodiscard]] std::vector<FileContent> all_files(const ProjectId& project);
  [[nodiscard]] Usage usage_of(const ProjectId& project);
  // Whether a committed intent ever named this blob.
  [[nodiscard]] bool knows_blob(const std::string& key) const { return intents_.contains(key); }

  // Removes a blob from the disk, for the deliberate bugs that do so.
  std::function<void(BlobKey)> remove_blob = [](BlobKey) {};

 private:
  Result<Part> adopt_anyway(const OwnedUploadId& id, const NewPart& part);
  Result<CompleteOutcome> complete_what_fits(const OwnedUploadId& id, CompleteRequest request);

  DurableStore& store_;
  Clock& clock_;
  const Mutation mutation_;
  std::set<std::string> intents_;  // Keys of all that were recorded.
  RunId last_run_;
  std::uint64_t kept_charges_ = 0;
};

}  // namespace partwise::sim
