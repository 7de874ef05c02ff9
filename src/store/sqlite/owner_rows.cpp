#include "store/sqlite/owner_rows.hpp"

#include <algorithm>
#include <utility>

#include "core/manifest_codec.hpp"

namespace partwise::sqlite {

namespace {

using Owner = CatalogBlob::Owner;
using Table = OwnerCursor::Table;

// Rows of deleted files that a page may pass over: a walk in small pages would take long over them.
constexpr std::uint32_t kFilesPerPageMin = 1024;

Table after(Table table) { return static_cast<Table>(std::to_underlying(table) + 1); }

}  // namespace

OwnerRows::OwnerRows(Database& database)
    : intents_(database, "SELECT seq, key FROM intents WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
      parts_(database,
             "SELECT parts.upload_seq, parts.created_at, parts.seq, parts.id, parts.key,"
             " parts.bytes, parts.crc64, uploads.status = 'pending', uploads.id FROM parts"
             " LEFT JOIN uploads ON uploads.seq = parts.upload_seq"
             " WHERE (parts.upload_seq, parts.created_at, parts.seq) > (?1, ?2, ?3)"
             " ORDER BY parts.upload_seq, parts.created_at, parts.seq LIMIT ?4"),
      files_(database,
             "SELECT seq, id, manifest, deleted_at IS NULL, reaped FROM files"
             " WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
      part_(database,
            "SELECT 1 FROM parts JOIN uploads ON uploads.seq = parts.upload_seq"
            " WHERE parts.id = ?1 AND parts.key = ?2 AND uploads.status = 'pending'"),
      file_(database, "SELECT 1 FROM files WHERE id = ?1 AND deleted_at IS NULL") {}

Result<OwnerPage> OwnerRows::page(const OwnerCursor& cursor, std::uint32_t blobs_max) {
  switch (cursor.table) {
    case Table::intents:
      return intents(cursor, blobs_max);
    case Table::parts:
      return parts(cursor, blobs_max);
    case Table::files:
      return files(cursor, blobs_max);
    case Table::none:
      break;
  }
  return OwnerPage{.blobs = {}, .next = {.table = Table::none}};
}

Result<OwnerPage> OwnerRows::intents(const OwnerCursor& cursor, std::uint32_t rows_max) {
  OwnerPage page{.blobs = {}, .next = cursor};
  auto rows = intents_.select(cursor.row[0], rows_max);
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) break;
    page.next.row[0] = rows.integer(0);
    CatalogBlob blob{.ref = {}, .owner = Owner::garbage, .owner_id = {}};
    blob.ref.key.bytes = rows.fixed_bytes<16>(1).value_or(BlobKey{}.bytes);
    page.blobs.push_back(std::move(blob));
  }
  if (page.blobs.size() < rows_max) page.next = {.table = after(cursor.table)};
  return page;
}

Result<OwnerPage> OwnerRows::parts(const OwnerCursor& cursor, std::uint32_t rows_max) {
  OwnerPage page{.blobs = {}, .next = cursor};
  auto rows = parts_.select(cursor.row[0], cursor.row[1], cursor.row[2], rows_max);
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) break;
    page.next.row = {rows.integer(0), rows.integer(1), rows.integer(2)};
    const bool is_pending = rows.integer(7) != 0;
    CatalogBlob blob{.ref = {},
                     .owner = is_pending ? Owner::part : Owner::garbage,
                     .owner_id = std::string(is_pending ? rows.text(3) : "")};
    blob.ref.key.bytes = rows.fixed_bytes<16>(4).value_or(BlobKey{}.bytes);
    blob.ref.bytes = rows.size(5);
    blob.ref.crc64 = rows.size(6);
    if (is_pending) {
      blob.place = {.upload_id = std::string(rows.text(8)), .number = rows.size(2)};
    }
    page.blobs.push_back(std::move(blob));
  }
  if (page.blobs.size() < rows_max) page.next = {.table = after(cursor.table)};
  return page;
}

Result<OwnerPage> OwnerRows::files(const OwnerCursor& cursor, std::uint32_t blobs_max) {
  OwnerPage page{.blobs = {}, .next = cursor};
  const std::uint32_t rows_max = std::max(blobs_max, kFilesPerPageMin);
  std::uint32_t count = 0;
  auto rows = files_.select(cursor.row[0], rows_max);
  while (page.blobs.size() < blobs_max) {
    TRY(const bool found, rows.next());
    if (!found) {
      // Fewer than were asked for: there are no more.
      if (count < rows_max) page.next = {.table = after(cursor.table)};
      return page;
    }
    ++count;
    page.next.row[0] = rows.integer(0);
    const bool is_living = rows.integer(3) != 0;
    // A tombstone whose blobs are gone. Of a living file the mark is an error, and the blobs its
    // own.
    if (!is_living && rows.integer(4) != 0) continue;
    auto blobs = blobs_of_file(std::string(rows.text(1)), unpack_manifest(rows.bytes(2)));
    for (CatalogBlob& blob : blobs) {
      if (!is_living) blob = {.ref = blob.ref, .owner = Owner::garbage, .owner_id = {}};
      page.blobs.push_back(std::move(blob));
    }
  }
  return page;
}

Result<std::vector<CatalogBlob>> OwnerRows::still_owned(const std::vector<CatalogBlob>& blobs) {
  std::vector<CatalogBlob> owned;
  for (const CatalogBlob& blob : blobs) {
    TRY(const bool is_still_owned, is_owned(blob));
    if (is_still_owned) owned.push_back(blob);
  }
  return owned;
}

Result<bool> OwnerRows::is_owned(const CatalogBlob& blob) {
  auto rows = blob.owner == Owner::part ? part_.select(blob.owner_id, blob.ref.key.bytes)
                                        : file_.select(blob.owner_id);
  return rows.next();
}

}  // namespace partwise::sqlite
