#pragma once

// The ports as a failing store shows them: a test arms one verb, and its next call reports an
// error, with or without having done its work. What they decorate outlives them. Live on the loop.

#include <map>
#include <string>
#include <utility>

#include "core/blob_store.hpp"
#include "core/garbage_store.hpp"
#include "core/live_catalog.hpp"
#include "core/upload_store.hpp"

namespace partwise::test {

enum class Fault {
  undone,  // Nothing was done.
  done,    // All of it was done, and nobody was told.
};

// The faults that are still to come, by verb. One each.
class FaultPlan {
 public:
  // The next call of `verb`, as `uploads.add_part`, fails with `error`.
  void arm(const std::string& verb, Fault fault, Error error) {
    armed_.insert_or_assign(verb, Armed{fault, std::move(error)});
  }
  void arm_unavailable(const std::string& verb, Fault fault) {
    arm(verb, fault, {ErrorCode::unavailable, "The outcome is unknown. Try again."});
  }
  // Whether every fault that was armed has struck.
  [[nodiscard]] bool is_spent() const { return armed_.empty(); }

  template <class T>
  [[nodiscard]] Task<Result<T>> around(std::string name, Task<Result<T>> verb) {
    auto entry = armed_.extract(name);
    if (entry.empty()) co_return co_await std::move(verb);
    if (entry.mapped().fault == Fault::done) {
      (void)co_await std::move(verb);  // The caller is told of a failure, whatever this is.
    }
    co_return fail(std::move(entry.mapped().error));
  }

 private:
  struct Armed {
    Fault fault;
    Error error;
  };
  std::map<std::string, Armed> armed_;
};

class FaultyUploadStore final : public UploadStore {
 public:
  FaultyUploadStore(UploadStore& inner, FaultPlan& plan) : inner_(inner), plan_(plan) {}

  Task<Result<Upload>> create_upload(NewUpload upload) override {
    return plan_.around("uploads.create_upload", inner_.create_upload(std::move(upload)));
  }
  Task<Result<Upload>> find_upload(OwnedUploadId id) override {
    return plan_.around("uploads.find_upload", inner_.find_upload(std::move(id)));
  }
  Task<Result<Page<Upload>>> list_uploads(ProjectId project, PageRequest page) override {
    return plan_.around("uploads.list_uploads",
                        inner_.list_uploads(std::move(project), std::move(page)));
  }
  Task<Result<Page<Part>>> list_parts(OwnedUploadId id, PageRequest page) override {
    return plan_.around("uploads.list_parts", inner_.list_parts(std::move(id), std::move(page)));
  }
  Task<Result<Part>> add_part(OwnedUploadId id, NewPart part) override {
    return plan_.around("uploads.add_part", inner_.add_part(std::move(id), std::move(part)));
  }
  Task<Result<CompleteOutcome>> complete_upload(OwnedUploadId id,
                                                CompleteRequest request) override {
    return plan_.around("uploads.complete_upload",
                        inner_.complete_upload(std::move(id), std::move(request)));
  }
  Task<Result<Upload>> cancel_upload(OwnedUploadId id) override {
    return plan_.around("uploads.cancel_upload", inner_.cancel_upload(std::move(id)));
  }
  Task<Result<std::uint64_t>> check_quota(ProjectId project, std::uint64_t bytes) override {
    return plan_.around("uploads.check_quota", inner_.check_quota(std::move(project), bytes));
  }
  Task<Result<StoredFile>> create_file(NewFile file) override {
    return plan_.around("uploads.create_file", inner_.create_file(std::move(file)));
  }
  Task<Result<FileContent>> find_file(OwnedFileId id) override {
    return plan_.around("uploads.find_file", inner_.find_file(std::move(id)));
  }
  Task<Result<Page<StoredFile>>> list_files(ProjectId project, PageRequest page) override {
    return plan_.around("uploads.list_files",
                        inner_.list_files(std::move(project), std::move(page)));
  }
  Task<Result<StoredFile>> delete_file(OwnedFileId id) override {
    return plan_.around("uploads.delete_file", inner_.delete_file(std::move(id)));
  }

 private:
  UploadStore& inner_;
  FaultPlan& plan_;
};

class FaultyGarbageStore final : public GarbageStore {
 public:
  FaultyGarbageStore(GarbageStore& inner, FaultPlan& plan) : inner_(inner), plan_(plan) {}

  Task<Result<>> record_intent(BlobKey key, RunId run) override {
    return plan_.around("garbage.record_intent", inner_.record_intent(key, std::move(run)));
  }
  Task<Result<>> release_intent(BlobKey key) override {
    return plan_.around("garbage.release_intent", inner_.release_intent(key));
  }
  Task<Result<ReapBatch>> claim_work(RunId run, std::uint32_t blobs_max,
                                     ClaimFilter filter) override {
    return plan_.around("garbage.claim_work",
                        inner_.claim_work(std::move(run), blobs_max, std::move(filter)));
  }
  Task<Result<>> settle_work(std::vector<ReapWork> work) override {
    return plan_.around("garbage.settle_work", inner_.settle_work(std::move(work)));
  }
  Task<Result<SweepOutcome>> sweep(std::uint32_t rows_max,
                                   std::chrono::seconds ended_ttl) override {
    return plan_.around("garbage.sweep", inner_.sweep(rows_max, ended_ttl));
  }

 private:
  GarbageStore& inner_;
  FaultPlan& plan_;
};

class FaultyLiveCatalog final : public LiveCatalog {
 public:
  FaultyLiveCatalog(LiveCatalog& inner, FaultPlan& plan) : inner_(inner), plan_(plan) {}

  Task<Result<OwnerPage>> owners(OwnerCursor cursor, std::uint32_t blobs_max) override {
    return plan_.around("catalog.owners", inner_.owners(cursor, blobs_max));
  }
  Task<Result<std::vector<CatalogBlob>>> still_owned(std::vector<CatalogBlob> blobs) override {
    return plan_.around("catalog.still_owned", inner_.still_owned(std::move(blobs)));
  }

 private:
  LiveCatalog& inner_;
  FaultPlan& plan_;
};

class FaultyBlobStore final : public BlobStore {
 public:
  FaultyBlobStore(BlobStore& inner, FaultPlan& plan) : inner_(inner), plan_(plan) {}

  Task<Result<std::unique_ptr<StagedBlob>>> stage(ByteSource& content, std::uint64_t bytes_max,
                                                  DigestKinds kinds) override {
    return plan_.around("blobs.stage", inner_.stage(content, bytes_max, kinds));
  }
  Task<Result<PartDigests>> digests(StagedBlob& staged, DigestKinds kinds) override {
    return plan_.around("blobs.digests", inner_.digests(staged, kinds));
  }
  Task<Result<>> publish(std::unique_ptr<StagedBlob> staged, BlobKey key) override {
    return plan_.around("blobs.publish", inner_.publish(std::move(staged), key));
  }
  Task<> discard(std::unique_ptr<StagedBlob> staged) override {
    return inner_.discard(std::move(staged));
  }
  Task<Result<std::unique_ptr<BlobReader>>> open(BlobKey key) override {
    return plan_.around("blobs.open", inner_.open(key));
  }
  Task<Result<>> remove(std::vector<BlobKey> keys) override {
    return plan_.around("blobs.remove", inner_.remove(std::move(keys)));
  }
  Task<Result<>> admit() override { return inner_.admit(); }
  VolumeStatus status() const override { return inner_.status(); }

 private:
  BlobStore& inner_;
  FaultPlan& plan_;
};

}  // namespace partwise::test
