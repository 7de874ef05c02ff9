#pragma once

// The metadata in memory: the reference that the other adapters are held against, and the store of
// tests. Small and obvious before fast; nothing survives it.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "core/account_store.hpp"
#include "core/garbage_store.hpp"
#include "core/limits.hpp"
#include "core/live_catalog.hpp"
#include "core/sharing.hpp"
#include "core/upload_store.hpp"

namespace partwise {

// Not thread-safe: lives on one executor. No verb ever suspends.
class MemoryMetadataStore final : public UploadStore,
                                  public GarbageStore,
                                  public AccountStore,
                                  public LiveCatalog {
 public:
  // `clock` outlives the store. Where it is shared, all nodes call this one object.
  MemoryMetadataStore(Clock& clock, CoreLimits limits, Sharing sharing = Sharing::one_process)
      : clock_(clock), limits_(limits), sharing_(sharing) {}
  MemoryMetadataStore(const MemoryMetadataStore&) = delete;
  MemoryMetadataStore& operator=(const MemoryMetadataStore&) = delete;

  [[nodiscard]] Task<Result<Upload>> create_upload(NewUpload upload) override;
  [[nodiscard]] Task<Result<Upload>> find_upload(OwnedUploadId id) override;
  [[nodiscard]] Task<Result<Page<Upload>>> list_uploads(ProjectId project,
                                                        PageRequest page) override;
  [[nodiscard]] Task<Result<Page<Part>>> list_parts(OwnedUploadId id, PageRequest page) override;
  [[nodiscard]] Task<Result<Part>> add_part(OwnedUploadId id, NewPart part) override;
  [[nodiscard]] Task<Result<CompleteOutcome>> complete_upload(OwnedUploadId id,
                                                              CompleteRequest request) override;
  [[nodiscard]] Task<Result<Upload>> cancel_upload(OwnedUploadId id) override;
  [[nodiscard]] Task<Result<std::uint64_t>> check_quota(ProjectId project,
                                                        std::uint64_t bytes) override;
  [[nodiscard]] Task<Result<StoredFile>> create_file(NewFile file) override;
  [[nodiscard]] Task<Result<FileContent>> find_file(OwnedFileId id) override;
  [[nodiscard]] Task<Result<Page<StoredFile>>> list_files(ProjectId project,
                                                          PageRequest page) override;
  [[nodiscard]] Task<Result<StoredFile>> delete_file(OwnedFileId id) override;

  [[nodiscard]] Task<Result<>> record_intent(BlobKey key, RunId run) override;
  [[nodiscard]] Task<Result<>> release_intent(BlobKey key) override;
  [[nodiscard]] Task<Result<ReapBatch>> claim_work(RunId run, std::uint32_t blobs_max,
                                                   ClaimFilter filter) override;
  [[nodiscard]] Task<Result<>> settle_work(std::vector<ReapWork> work) override;
  [[nodiscard]] Task<Result<SweepOutcome>> sweep(std::uint32_t rows_max,
                                                 std::chrono::seconds ended_ttl) override;

  [[nodiscard]] Task<Result<ApiKey>> create_key(NewKey key) override;
  [[nodiscard]] Task<Result<ApiKey>> revoke_key(KeyId id) override;
  [[nodiscard]] Task<Result<std::vector<ApiKey>>> list_keys() override;
  [[nodiscard]] Task<Result<std::uint64_t>> keys_version() override;
  [[nodiscard]] Task<Result<Project>> create_project(ProjectId id, Quotas quotas) override;
  [[nodiscard]] Task<Result<Project>> set_quotas(ProjectId id, Quotas quotas) override;
  [[nodiscard]] Task<Result<std::vector<Usage>>> usage(std::optional<ProjectId> project) override;

  [[nodiscard]] Task<Result<OwnerPage>> owners(OwnerCursor cursor,
                                               std::uint32_t blobs_max) override;
  [[nodiscard]] Task<Result<std::vector<CatalogBlob>>> still_owned(
      std::vector<CatalogBlob> blobs) override;

 private:
  struct UploadRecord {
    Upload upload;
    std::vector<Part> parts;              // Empty once it has ended: its job has them then.
    std::optional<Md5Digest> replay_md5;  // Of the file, where a replay had to compute it.
    bool reaped = false;                  // Ended, and nothing of it is left to be removed.
    bool forgotten = false;               // A tombstone: it only keeps its place in lists.
  };
  struct FileRecord {
    StoredFile file;
    Manifest manifest;
    std::optional<Timestamp> deleted_at;
    bool reaped = false;
  };
  // On a shared store: who has claimed something, and until when it is left to them.
  struct Claim {
    RunId run;
    Timestamp until{};
  };
  struct Intent {
    std::uint64_t sequence = 0;
    RunId run;
    Timestamp recorded_at{};
    bool due = false;
    bool claimed = false;
    Claim claim = {};
  };
  struct Job {
    std::vector<BlobKey> blobs;
    std::uint64_t settled = 0;  // Of the blobs.
    std::optional<UploadId> upload;
    std::optional<FileId> file;
    bool held = false;
    ProjectId project = {};
    std::uint64_t bytes = 0;  // Of its blobs.
    Timestamp due_at{};       // Not to be claimed before.
    Claim claim = {};
  };

  struct IdempotencyRecord {
    Sha256Digest request{};
    UploadId upload;
    Timestamp created_at{};
  };

  // The upload that an earlier request with the same claim made, if it is still known.
  [[nodiscard]] Result<std::optional<Upload>> find_claimed(const NewUpload& created);
  // The record at this moment: one that is overdue is expired here. Error: not_found.
  [[nodiscard]] Result<UploadRecord*> load(const OwnedUploadId& id);
  // Ends a pending upload as cancelled or expired.
  void end_without_file(UploadRecord& record, UploadState state, bool held);
  // Error: not_found, also for one past its deadline.
  [[nodiscard]] Result<FileRecord*> load_file(const OwnedFileId& id);
  [[nodiscard]] bool is_living(const FileRecord& record) const;
  void bury(FileRecord& record, bool held);
  [[nodiscard]] Result<std::uint64_t> judge_quota(const ProjectId& project,
                                                  std::uint64_t bytes) const;
  [[nodiscard]] Result<> check_open_uploads(const ProjectId& project) const;
  [[nodiscard]] Result<> check_intent(const BlobKey& key) const;
  [[nodiscard]] bool is_shared() const { return sharing_ == Sharing::many_nodes; }
  [[nodiscard]] bool is_left_to_another(const Claim& claim, const RunId& run) const;
  [[nodiscard]] Claim claim_for(const RunId& run) const;
  [[nodiscard]] ReapWork claim_intents(const RunId& run, std::uint32_t blobs_max);
  [[nodiscard]] ReapWork claim_piece(std::uint64_t number, Job& job, const RunId& run,
                                     std::size_t blobs_max) const;
  // Intents of streams that must be over become a job.
  void abandon_intents(std::uint32_t rows_max, SweepOutcome& outcome);
  void forget_old(std::uint32_t rows_max, std::chrono::seconds ended_ttl, SweepOutcome& outcome);
  // The rows of a table that own blobs, each with its place in the walk over it.
  using OwnerRows = std::map<std::array<std::int64_t, 3>, std::vector<CatalogBlob>>;
  [[nodiscard]] OwnerRows owner_rows(OwnerCursor::Table table) const;
  [[nodiscard]] OwnerRows part_rows() const;
  [[nodiscard]] OwnerRows file_rows() const;
  void forget_idempotency(std::uint32_t rows_max, SweepOutcome& outcome);
  [[nodiscard]] std::optional<Timestamp> next_due(std::chrono::seconds ended_ttl) const;

  // Constant after construction.
  Clock& clock_;
  CoreLimits limits_;
  Sharing sharing_;
  // The tables.
  std::map<UploadId, UploadRecord> uploads_;
  std::map<FileId, FileRecord> files_;
  std::map<BlobKey, Intent> intents_;
  std::map<std::uint64_t, Job> jobs_;
  std::map<ProjectId, Project> projects_;  // By key alone: the ids inside are not kept.
  std::vector<ApiKey> keys_;
  std::map<std::pair<ProjectId, std::string>, IdempotencyRecord> idempotency_;
  // The counters.
  std::uint64_t last_upload_ = 0;
  std::uint64_t last_file_ = 0;
  std::uint64_t last_intent_ = 0;
  std::uint64_t last_job_ = 0;
  std::uint64_t keys_version_ = 0;
};

}  // namespace partwise
