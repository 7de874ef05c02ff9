#include <algorithm>

#include "store/memory/metadata_store.hpp"

namespace partwise {

namespace {

using Kind = ScrubPosition::Kind;

std::vector<CatalogBlob> blobs_of_parts(const std::vector<Part>& parts) {
  std::vector<CatalogBlob> blobs;
  for (const Part& part : parts) {
    blobs.push_back({.ref = part.blob,
                     .owner = CatalogBlob::Owner::part,
                     .owner_id = part.id.text,
                     .place = {.upload_id = part.upload_id.text, .number = part.sequence}});
  }
  return blobs;
}

}  // namespace

Task<Result<std::optional<OwnedBlobs>>> MemoryMetadataStore::next_owner(ScrubPosition from) {
  std::map<ScrubPosition, std::vector<CatalogBlob>> owners;
  for (const auto& [id, record] : uploads_) {
    if (!std::holds_alternative<Pending>(record.upload.state)) continue;
    owners[{Kind::upload, record.upload.sequence}] = blobs_of_parts(record.parts);
  }
  for (const auto& [id, record] : files_) {
    if (record.deleted_at) continue;
    owners[{Kind::file, record.file.sequence}] = blobs_of_file(id.text, record.manifest);
  }
  const auto found = owners.lower_bound(from);
  if (found == owners.end()) co_return std::nullopt;
  co_return OwnedBlobs{.position = found->first, .blobs = found->second};
}

Task<Result<bool>> MemoryMetadataStore::is_owned(CatalogBlob blob) {
  if (blob.owner == CatalogBlob::Owner::file) {
    const auto file = files_.find({blob.owner_id});
    co_return file != files_.end() && !file->second.deleted_at;
  }
  const auto upload = uploads_.find({blob.place.upload_id});
  if (upload == uploads_.end()) co_return false;
  co_return std::holds_alternative<Pending>(upload->second.upload.state) &&
      std::ranges::find(upload->second.parts, PartId{blob.owner_id}, &Part::id) !=
          upload->second.parts.end();
}

}  // namespace partwise
