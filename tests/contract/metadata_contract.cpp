#include "metadata_contract.hpp"

#include <fmt/format.h>

namespace partwise::test {

namespace {
constexpr std::uint64_t kAllHeld = ~std::uint64_t{0} >> 1U;
}  // namespace

void MetadataContract::TearDown() {
  if (!stores_) return;
  for (const std::string& sentence : stores_->contradictions()) ADD_FAILURE() << sentence;
}

UploadId MetadataContract::fresh_upload_id() { return {fmt::format("upload_{:032x}", ++last_id_)}; }
PartId MetadataContract::fresh_part_id() { return {fmt::format("part_{:032x}", ++last_id_)}; }
FileId MetadataContract::fresh_file_id() { return {fmt::format("file-{:022}", ++last_id_)}; }

BlobKey MetadataContract::fresh_key() {
  return *BlobKey::parse(fmt::format("{:032x}", ++last_id_));
}

NewUpload MetadataContract::new_upload(std::uint64_t bytes) {
  return {.id = fresh_upload_id(),
          .project = project_,
          .bytes = bytes,
          .filename = "größe.jsonl",
          .purpose = Purpose::fine_tune,
          .mime_type = "text/jsonl",
          .ttl = 1h,
          .file_ttl = {}};
}

Upload MetadataContract::create_upload(std::uint64_t bytes) {
  return must(uploads().create_upload(new_upload(bytes)));
}

NewPart MetadataContract::new_part(std::uint64_t bytes) {
  const BlobKey key = fresh_key();
  must(garbage().record_intent(key, run_));
  return {.id = fresh_part_id(),
          .blob = {.key = key, .bytes = bytes, .crc64 = ~last_id_},
          .digests = {}};
}

Part MetadataContract::add_part(const Upload& upload, std::uint64_t bytes) {
  return must(uploads().add_part(owned(upload), new_part(bytes)));
}

CompleteRequest MetadataContract::request_for(const std::vector<Part>& parts) {
  CompleteRequest request{
      .part_ids = {}, .md5 = {}, .computed_md5 = {}, .file_id = fresh_file_id()};
  for (const Part& part : parts) request.part_ids.push_back(part.id.text);
  return request;
}

StoredFile MetadataContract::complete(const Upload& upload, const std::vector<Part>& parts) {
  const auto outcome = must(uploads().complete_upload(owned(upload), request_for(parts)));
  return std::get<Completed>(outcome.upload.state).file;
}

NewFile MetadataContract::new_file(std::uint64_t bytes) {
  const NewPart content = new_part(bytes);
  return {.id = fresh_file_id(),
          .project = project_,
          .purpose = Purpose::user_data,
          .filename = "notes.txt",
          .ttl = {},
          .blob = content.blob,
          .md5 = {}};
}

StoredFile MetadataContract::create_file(std::uint64_t bytes) {
  return must(uploads().create_file(new_file(bytes)));
}

Usage MetadataContract::usage(const ProjectId& project) {
  const auto usages = must(accounts().usage(project));
  if (!usages.empty()) return usages.front();
  Usage nothing;
  nothing.project.id = project;
  return nothing;
}

std::vector<BlobKey> MetadataContract::leave_garbage() {
  const BlobKey key = fresh_key();
  must(garbage().record_intent(key, run_));
  must(garbage().release_intent(key));
  const Upload upload = create_upload();
  const Part part = add_part(upload, 1);
  must(uploads().cancel_upload(owned(upload)));
  return {key, part.blob.key};
}

ReapBatch MetadataContract::claim(std::uint32_t blobs_max, ClaimFilter filter) {
  return must(garbage().claim_work(run_, blobs_max, std::move(filter)));
}

std::vector<BlobKey> MetadataContract::reap_all(std::uint32_t blobs_max) {
  std::vector<BlobKey> removed;
  while (true) {
    ReapBatch batch = claim(blobs_max, {.held_through = kAllHeld, .passed_over = {}});
    if (batch.work.empty()) return removed;
    for (const ReapWork& work : batch.work) {
      removed.insert(removed.end(), work.blobs.begin(), work.blobs.end());
    }
    must(garbage().settle_work(std::move(batch.work)));
  }
}

std::vector<BlobKey> keys_of(const std::vector<Part>& parts) {
  std::vector<BlobKey> keys;
  for (const Part& part : parts) keys.push_back(part.blob.key);
  return keys;
}

}  // namespace partwise::test
