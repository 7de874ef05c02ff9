#include <algorithm>
#include <limits>
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

std::int64_t number(std::uint64_t sequence) { return static_cast<std::int64_t>(sequence); }

}  // namespace

Task<Result<OwnerPage>> MemoryMetadataStore::owners(OwnerCursor cursor, std::uint32_t blobs_max) {
  OwnerPage page{.blobs = {}, .next = cursor};
  const OwnerRows rows = owner_rows(cursor.table);
  auto row = rows.upper_bound(cursor.row);
  for (; row != rows.end() && page.blobs.size() < blobs_max; ++row) {
    page.blobs.insert(page.blobs.end(), row->second.begin(), row->second.end());
    page.next.row = row->first;
  }
  if (row == rows.end() && cursor.table != Table::none) {
    page.next = {.table = static_cast<Table>(std::to_underlying(cursor.table) + 1)};
  }
  co_return page;
}

MemoryMetadataStore::OwnerRows MemoryMetadataStore::owner_rows(Table table) const {
  OwnerRows rows;
  switch (table) {
    case Table::intents:
      for (const auto& [key, intent] : intents_) rows[{number(intent.sequence)}] = {garbage(key)};
      return rows;
    case Table::parts:
      return part_rows();
    case Table::files:
      return file_rows();
    case Table::none:
      break;
  }
  return rows;
}

MemoryMetadataStore::OwnerRows MemoryMetadataStore::part_rows() const {
  OwnerRows rows;
  for (const auto& [id, record] : uploads_) {
    for (const Part& part : record.parts) {
      rows[{number(record.upload.sequence), number(part.sequence)}] = {
          {.ref = part.blob,
           .owner = Owner::part,
           .owner_id = part.id.text,
           .place = {.upload_id = id.text, .number = part.sequence}}};
    }
  }
  // Those of ended uploads come last, so that one which ends during the walk is not missed.
  std::vector<CatalogBlob> ended;
  for (const auto& [job_number, job] : jobs_) {
    if (job.file) continue;  // Its manifest names them.
    for (const BlobKey& key : job.blobs) ended.push_back(garbage(key));
  }
  if (!ended.empty()) rows[{std::numeric_limits<std::int64_t>::max()}] = std::move(ended);
  return rows;
}

MemoryMetadataStore::OwnerRows MemoryMetadataStore::file_rows() const {
  OwnerRows rows;
  for (const auto& [id, record] : files_) {
    if (record.reaped) continue;
    std::vector<CatalogBlob>& blobs = rows[{number(record.file.sequence)}];
    for (CatalogBlob& blob : blobs_of_file(id.text, record.manifest)) {
      blobs.push_back(record.deleted_at ? garbage(blob.ref.key) : std::move(blob));
    }
  }
  return rows;
}

Task<Result<std::vector<CatalogBlob>>> MemoryMetadataStore::still_owned(
    std::vector<CatalogBlob> blobs) {
  std::vector<CatalogBlob> all;
  for (const Table table : {Table::parts, Table::files}) {
    for (const auto& [row, owned] : owner_rows(table)) {
      all.insert(all.end(), owned.begin(), owned.end());
    }
  }
  std::erase_if(blobs, [&all](const CatalogBlob& blob) {
    return std::ranges::none_of(all,
                                [&](const CatalogBlob& owned) { return is_same(owned, blob); });
  });
  co_return blobs;
}

}  // namespace partwise
