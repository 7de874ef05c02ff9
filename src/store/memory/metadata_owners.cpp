#include <algorithm>
#include <utility>

#include "store/memory/metadata_store.hpp"

namespace partwise {

namespace {

using Owner = CatalogBlob::Owner;
using Table = OwnerCursor::Table;

CatalogBlob garbage(const BlobKey& key) {
  return {.ref = {.key = key}, .owner = Owner::garbage, .owner_id = {}};
}

bool is_same(const CatalogBlob& left, const CatalogBlob& right) {
  return left.ref == right.ref && left.owner == right.owner && left.owner_id == right.owner_id;
}

}  // namespace

Task<Result<OwnerPage>> MemoryMetadataStore::owners(OwnerCursor cursor,
                                                    std::uint32_t /*blobs_max*/) {
  OwnerPage page;
  switch (cursor.table) {
    case Table::intents:
      for (const auto& [key, intent] : intents_) page.blobs.push_back(garbage(key));
      page.next.table = Table::parts;
      break;
    case Table::parts:
      add_owned_parts(page.blobs);
      page.next.table = Table::files;
      break;
    case Table::files:
      add_owned_manifests(page.blobs);
      page.next.table = Table::none;
      break;
    case Table::none:
      page.next.table = Table::none;
      break;
  }
  co_return page;
}

void MemoryMetadataStore::add_owned_parts(std::vector<CatalogBlob>& blobs) const {
  for (const auto& [id, record] : uploads_) {
    for (const Part& part : record.parts) {
      blobs.push_back({.ref = part.blob,
                       .owner = Owner::part,
                       .owner_id = part.id.text,
                       .place = {.upload_id = id.text, .number = part.sequence}});
    }
  }
  for (const auto& [number, job] : jobs_) {
    if (job.file) continue;  // Its manifest names them.
    for (const BlobKey& key : job.blobs) blobs.push_back(garbage(key));
  }
}

void MemoryMetadataStore::add_owned_manifests(std::vector<CatalogBlob>& blobs) const {
  for (const auto& [id, record] : files_) {
    if (record.reaped) continue;
    for (CatalogBlob& blob : blobs_of_file(id.text, record.manifest)) {
      blobs.push_back(record.deleted_at ? garbage(blob.ref.key) : std::move(blob));
    }
  }
}

Task<Result<std::vector<CatalogBlob>>> MemoryMetadataStore::still_owned(
    std::vector<CatalogBlob> blobs) {
  std::vector<CatalogBlob> all;
  add_owned_parts(all);
  add_owned_manifests(all);
  std::erase_if(blobs, [&all](const CatalogBlob& blob) {
    return std::ranges::none_of(all,
                                [&](const CatalogBlob& owned) { return is_same(owned, blob); });
  });
  co_return blobs;
}

}  // namespace partwise
