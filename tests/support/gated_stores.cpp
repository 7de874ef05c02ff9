#include "support/gated_stores.hpp"

namespace partwise::test {

Task<Result<Upload>> GatedUploadStore::create_upload(NewUpload upload) {
  return gates_.around("uploads.create_upload", inner_.create_upload(std::move(upload)));
}
Task<Result<Upload>> GatedUploadStore::find_upload(OwnedUploadId id) {
  return gates_.around("uploads.find_upload", inner_.find_upload(std::move(id)));
}
Task<Result<Page<Upload>>> GatedUploadStore::list_uploads(ProjectId project, PageRequest page) {
  return gates_.around("uploads.list_uploads",
                       inner_.list_uploads(std::move(project), std::move(page)));
}
Task<Result<Page<Part>>> GatedUploadStore::list_parts(OwnedUploadId id, PageRequest page) {
  return gates_.around("uploads.list_parts", inner_.list_parts(std::move(id), std::move(page)));
}
Task<Result<Part>> GatedUploadStore::add_part(OwnedUploadId id, NewPart part) {
  return gates_.around("uploads.add_part", inner_.add_part(std::move(id), std::move(part)));
}
Task<Result<CompleteOutcome>> GatedUploadStore::complete_upload(OwnedUploadId id,
                                                                CompleteRequest request) {
  return gates_.around("uploads.complete_upload",
                       inner_.complete_upload(std::move(id), std::move(request)));
}
Task<Result<Upload>> GatedUploadStore::cancel_upload(OwnedUploadId id) {
  return gates_.around("uploads.cancel_upload", inner_.cancel_upload(std::move(id)));
}
Task<Result<std::uint64_t>> GatedUploadStore::check_quota(ProjectId project, std::uint64_t bytes) {
  return gates_.around("uploads.check_quota", inner_.check_quota(std::move(project), bytes));
}
Task<Result<StoredFile>> GatedUploadStore::create_file(NewFile file) {
  return gates_.around("uploads.create_file", inner_.create_file(std::move(file)));
}
Task<Result<FileContent>> GatedUploadStore::find_file(OwnedFileId id) {
  return gates_.around("uploads.find_file", inner_.find_file(std::move(id)));
}
Task<Result<Page<StoredFile>>> GatedUploadStore::list_files(ProjectId project, PageRequest page) {
  return gates_.around("uploads.list_files",
                       inner_.list_files(std::move(project), std::move(page)));
}
Task<Result<StoredFile>> GatedUploadStore::delete_file(OwnedFileId id) {
  return gates_.around("uploads.delete_file", inner_.delete_file(std::move(id)));
}

Task<Result<>> GatedGarbageStore::record_intent(BlobKey key, RunId run) {
  return gates_.around("garbage.record_intent", inner_.record_intent(key, std::move(run)));
}
Task<Result<>> GatedGarbageStore::release_intent(BlobKey key) {
  return gates_.around("garbage.release_intent", inner_.release_intent(key));
}
Task<Result<ReapBatch>> GatedGarbageStore::claim_work(RunId run, std::uint32_t blobs_max,
                                                      ClaimFilter filter) {
  return gates_.around("garbage.claim_work",
                       inner_.claim_work(std::move(run), blobs_max, std::move(filter)));
}
Task<Result<>> GatedGarbageStore::settle_work(std::vector<ReapWork> work) {
  return gates_.around("garbage.settle_work", inner_.settle_work(std::move(work)));
}
Task<Result<SweepOutcome>> GatedGarbageStore::sweep(std::uint32_t rows_max,
                                                    std::chrono::seconds ended_ttl) {
  return gates_.around("garbage.sweep", inner_.sweep(rows_max, ended_ttl));
}

Task<Result<std::unique_ptr<StagedBlob>>> GatedBlobStore::stage(ByteSource& content,
                                                                std::uint64_t bytes_max,
                                                                DigestKinds kinds) {
  return gates_.around("blobs.stage", stage_and_count(content, bytes_max, kinds));
}
Task<Result<std::unique_ptr<StagedBlob>>> GatedBlobStore::stage_and_count(ByteSource& content,
                                                                          std::uint64_t bytes_max,
                                                                          DigestKinds kinds) {
  auto staged = co_await inner_.stage(content, bytes_max, kinds);
  if (staged) ++in_staging_;
  co_return staged;
}
Task<Result<PartDigests>> GatedBlobStore::digests(StagedBlob& staged, DigestKinds kinds) {
  return gates_.around("blobs.digests", inner_.digests(staged, kinds));
}
Task<Result<>> GatedBlobStore::publish(std::unique_ptr<StagedBlob> staged, BlobKey key) {
  --in_staging_;
  published_.insert(key);
  return gates_.around("blobs.publish", inner_.publish(std::move(staged), key));
}
Task<> GatedBlobStore::discard(std::unique_ptr<StagedBlob> staged) {
  (void)co_await gates_.around("blobs.discard",
                               discard_and_count(std::move(staged)));  // Cannot fail.
}
Task<bool> GatedBlobStore::discard_and_count(std::unique_ptr<StagedBlob> staged) {
  --in_staging_;
  co_await inner_.discard(std::move(staged));
  co_return true;
}
Task<Result<std::unique_ptr<BlobReader>>> GatedBlobStore::open(BlobKey key) {
  return gates_.around("blobs.open", inner_.open(key));
}
Task<Result<>> GatedBlobStore::remove(std::vector<BlobKey> keys) {
  return gates_.around("blobs.remove", inner_.remove(std::move(keys)));
}

}  // namespace partwise::test
