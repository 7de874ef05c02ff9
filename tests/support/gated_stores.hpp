#pragma once

// The ports with a gate before and after each verb. What they decorate outlives them.

#include <set>
#include <utility>

#include "core/blob_store.hpp"
#include "core/garbage_store.hpp"
#include "core/upload_store.hpp"
#include "support/gates.hpp"

namespace partwise::test {

// Gates `uploads.<verb>.before` and `.after`.
class GatedUploadStore final : public UploadStore {
 public:
  GatedUploadStore(UploadStore& inner, Gates& gates) : inner_(inner), gates_(gates) {}

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

 private:
  UploadStore& inner_;
  Gates& gates_;
};

// Gates `garbage.<verb>.before` and `.after`.
class GatedGarbageStore final : public GarbageStore {
 public:
  GatedGarbageStore(GarbageStore& inner, Gates& gates) : inner_(inner), gates_(gates) {}

  Task<Result<>> record_intent(BlobKey key, RunId run) override;
  Task<Result<>> release_intent(BlobKey key) override;
  Task<Result<ReapBatch>> claim_work(RunId run, std::uint32_t blobs_max,
                                     ClaimFilter filter) override;
  Task<Result<>> settle_work(std::vector<ReapWork> work) override;
  Task<Result<SweepOutcome>> sweep(std::uint32_t rows_max, std::chrono::seconds ended_ttl) override;

 private:
  GarbageStore& inner_;
  Gates& gates_;
};

// Gates `blobs.<verb>.before` and `.after`. Keeps account of what passes.
class GatedBlobStore final : public BlobStore {
 public:
  GatedBlobStore(BlobStore& inner, Gates& gates) : inner_(inner), gates_(gates) {}

  Task<Result<std::unique_ptr<StagedBlob>>> stage(ByteSource& content, std::uint64_t bytes_max,
                                                  DigestKinds kinds) override;
  Task<Result<PartDigests>> digests(StagedBlob& staged, DigestKinds kinds) override;
  Task<Result<>> publish(std::unique_ptr<StagedBlob> staged, BlobKey key) override;
  Task<> discard(std::unique_ptr<StagedBlob> staged) override;
  Task<Result<std::unique_ptr<BlobReader>>> open(BlobKey key) override;
  Task<Result<>> remove(std::vector<BlobKey> keys) override;
  Task<Result<>> admit() override { return inner_.admit(); }
  VolumeStatus status() const override { return inner_.status(); }

  // Staged content that was neither published nor discarded yet.
  [[nodiscard]] int in_staging() const { return in_staging_; }
  // Every key that anything was published under, whatever became of it.
  [[nodiscard]] const std::set<BlobKey>& published() const { return published_; }

 private:
  Task<Result<std::unique_ptr<StagedBlob>>> stage_and_count(ByteSource& content,
                                                            std::uint64_t bytes_max,
                                                            DigestKinds kinds);
  Task<bool> discard_and_count(std::unique_ptr<StagedBlob> staged);

  BlobStore& inner_;
  Gates& gates_;
  int in_staging_ = 0;
  std::set<BlobKey> published_;
};

}  // namespace partwise::test
