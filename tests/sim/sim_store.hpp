#pragma once

// The metadata store as one run of the server has it: verbs wait in a queue, are run in batches,
// and are answered after the commit. A crash leaves those that were run, answered or not, and none
// of those that waited. Commits fail now and then, and then nobody knows which it was.

#include <memory>
#include <string>
#include <vector>

#include "core/account_store.hpp"
#include "core/garbage_store.hpp"
#include "core/live_catalog.hpp"
#include "core/upload_store.hpp"
#include "engine.hpp"
#include "scheduler.hpp"

namespace partwise::sim {

struct StoreFaults {
  std::uint64_t overloaded_per_mille = 0;  // Of verbs: nothing was tried.
  std::uint64_t full_per_mille = 0;        // Of verbs that take space: nothing was changed.
  std::uint64_t failed_per_mille = 0;      // Of commits: the outcome is unknown.
};

struct SimStoreParts {
  Engine& engine;
  Scheduler& scheduler;
  Dice& dice;
  Owner owner;
  const StoreFaults& faults;
  Mutation mutation;
  // For deliberate bugs: the clock of the node, and whether it knows that an upload has ended.
  const Clock& node_clock;
  std::function<bool(const UploadId&)> knows_ended;
  std::function<void()> on_commit;  // Rows may have changed.
  std::function<void()> on_failed;  // It serves no more: the run has to end.
};

class SimStore final : public UploadStore,
                       public GarbageStore,
                       public AccountStore,
                       public LiveCatalog {
 public:
  explicit SimStore(SimStoreParts parts) : parts_(std::move(parts)) {}
  SimStore(const SimStore&) = delete;
  SimStore& operator=(const SimStore&) = delete;

  // The run is over: nothing that still waits is run.
  void detach();

  Task<Result<Upload>> create_upload(NewUpload upload) override;
  Task<Result<Upload>> find_upload(OwnedUploadId id) override;
  Task<Result<Page<Upload>>> list_uploads(ProjectId project, PageRequest page) override;
  Task<Result<Page<Part>>> list_parts(OwnedUploadId id, PageRequest page) override;
  Task<Result<Part>> add_part(OwnedUploadId id, NewPart part) override;
  Task<Result<CompleteOutcome>> complete_upload(OwnedUploadId id, CompleteRequest request) override;
  Task<Result<Upload>> cancel_upload(OwnedUploadId id) override;
  Task<Result<std::uint64_t>> check_quota(ProjectId project, std::uint64_t bytes) override;
  Task<Result<StoredFile>> create_file(NewFile file) override;
  Task<Result<FileContent>> find_file(OwnedFileId id) override;
  Task<Result<Page<StoredFile>>> list_files(ProjectId project, PageRequest page) override;
  Task<Result<StoredFile>> delete_file(OwnedFileId id) override;

  Task<Result<>> record_intent(BlobKey key, RunId run) override;
  Task<Result<>> release_intent(BlobKey key) override;
  Task<Result<ReapBatch>> claim_work(RunId run, std::uint32_t blobs_max,
                                     ClaimFilter filter) override;
  Task<Result<>> settle_work(std::vector<ReapWork> work) override;
  Task<Result<SweepOutcome>> sweep(std::uint32_t rows_max, std::chrono::seconds ended_ttl) override;

  Task<Result<ApiKey>> create_key(NewKey key) override;
  Task<Result<ApiKey>> revoke_key(KeyId id) override;
  Task<Result<std::vector<ApiKey>>> list_keys() override;
  Task<Result<std::uint64_t>> keys_version() override;
  Task<Result<Project>> create_project(ProjectId id, Quotas quotas) override;
  Task<Result<Project>> set_quotas(ProjectId id, Quotas quotas) override;
  Task<Result<std::vector<Usage>>> usage(std::optional<ProjectId> project) override;

  Task<Result<OwnerPage>> owners(OwnerCursor cursor, std::uint32_t blobs_max) override;
  Task<Result<std::vector<CatalogBlob>>> still_owned(std::vector<CatalogBlob> blobs) override;

 private:
  enum class Kind { takes, frees, reads };

  class Operation {
   public:
    explicit Operation(Kind kind) : kind_(kind) {}
    virtual ~Operation() = default;
    [[nodiscard]] Kind kind() const { return kind_; }
    virtual void run() = 0;
    virtual void answer() = 0;
    virtual void refuse(Error error) = 0;

   private:
    const Kind kind_;
  };
  template <class T, class Verb>
  class TypedOperation;
  using Batch = std::vector<std::unique_ptr<Operation>>;

  template <class T, class Verb>
  Task<Result<T>> run(Kind kind, Verb verb);
  void enqueue(std::unique_ptr<Operation> operation);
  void read(std::unique_ptr<Operation> operation);
  void expect_commit();
  void commit();
  // False where it was refused, and nothing was tried.
  bool is_tried(Operation& operation);
  void fail_commit(Batch batch);
  void answer(const std::shared_ptr<Batch>& batch);

  SimStoreParts parts_;
  Batch waiting_;
  std::vector<std::shared_ptr<Batch>> answering_;  // At most one.
  bool committing_ = false;
  bool stopped_ = false;
};

}  // namespace partwise::sim
