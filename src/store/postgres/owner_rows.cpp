#include "store/postgres/owner_rows.hpp"

#include <algorithm>
#include <utility>

#include "core/manifest_codec.hpp"

namespace partwise::postgres::owner_rows {

namespace {

using Owner = CatalogBlob::Owner;
using Table = OwnerCursor::Table;

// Rows of deleted files that a page may pass over: a walk in small pages would take long over them.
constexpr std::uint32_t kFilesPerPageMin = 1024;

const Statement kIntents{"owner_intents",
                         "SELECT seq, key FROM intents WHERE seq > $1 ORDER BY seq LIMIT $2"};
const Statement kParts{
    "owner_parts",
    "SELECT parts.upload_seq, parts.created_at, parts.seq, parts.id, parts.key, parts.bytes,"
    " parts.crc64, coalesce(uploads.status = 'pending', false), uploads.id FROM parts"
    " LEFT JOIN uploads ON uploads.seq = parts.upload_seq"
    " WHERE (parts.upload_seq, parts.created_at, parts.seq) > ($1, $2, $3)"
    " ORDER BY parts.upload_seq, parts.created_at, parts.seq LIMIT $4"};
const Statement kFiles{"owner_files",
                       "SELECT seq, id, manifest, deleted_at IS NULL, reaped FROM files"
                       " WHERE seq > $1 ORDER BY seq LIMIT $2"};
const Statement kPart{"owner_part",
                      "SELECT 1 FROM parts JOIN uploads ON uploads.seq = parts.upload_seq"
                      " WHERE parts.id = $1 AND parts.key = $2 AND uploads.status = 'pending'"};
const Statement kFile{"owner_file", "SELECT 1 FROM files WHERE id = $1 AND deleted_at IS NULL"};

OwnerCursor next_table(const OwnerCursor& cursor) {
  return {.table = static_cast<Table>(std::to_underlying(cursor.table) + 1)};
}

BlobKey read_key(const Rows& rows, int column) {
  return {rows.fixed_bytes<16>(column).value_or(BlobKey{}.bytes)};
}

Result<OwnerPage> intents(Transaction& tx, const OwnerCursor& cursor, std::uint32_t rows_max) {
  OwnerPage page{.blobs = {}, .next = cursor};
  TRY(auto rows, tx.query(kIntents, cursor.row[0], rows_max));
  while (rows.next()) {
    page.next.row[0] = rows.integer(0);
    page.blobs.push_back(
        {.ref = {.key = read_key(rows, 1)}, .owner = Owner::garbage, .owner_id = {}});
  }
  if (page.blobs.size() < rows_max) page.next = next_table(cursor);
  return page;
}

Result<OwnerPage> parts(Transaction& tx, const OwnerCursor& cursor, std::uint32_t rows_max) {
  OwnerPage page{.blobs = {}, .next = cursor};
  TRY(auto rows, tx.query(kParts, cursor.row[0], cursor.row[1], cursor.row[2], rows_max));
  while (rows.next()) {
    page.next.row = {rows.integer(0), rows.integer(1), rows.integer(2)};
    const bool is_pending = rows.boolean(7);
    CatalogBlob blob{
        .ref = {.key = read_key(rows, 4), .bytes = rows.size(5), .crc64 = rows.size(6)},
        .owner = is_pending ? Owner::part : Owner::garbage,
        .owner_id = std::string(is_pending ? rows.text(3) : "")};
    if (is_pending) {
      blob.place = {.upload_id = std::string(rows.text(8)), .number = rows.size(2)};
    }
    page.blobs.push_back(std::move(blob));
  }
  if (page.blobs.size() < rows_max) page.next = next_table(cursor);
  return page;
}

Result<OwnerPage> files(Transaction& tx, const OwnerCursor& cursor, std::uint32_t blobs_max) {
  OwnerPage page{.blobs = {}, .next = cursor};
  const std::uint32_t rows_max = std::max(blobs_max, kFilesPerPageMin);
  TRY(auto rows, tx.query(kFiles, cursor.row[0], rows_max));
  while (page.blobs.size() < blobs_max) {
    if (!rows.next()) {
      // Fewer than were asked for: there are no more.
      if (std::cmp_less(rows.length(), rows_max)) page.next = next_table(cursor);
      return page;
    }
    page.next.row[0] = rows.integer(0);
    const bool is_living = rows.boolean(3);
    // A tombstone whose blobs are gone. Of a living file the mark is an error, and the blobs its
    // own.
    if (!is_living && rows.boolean(4)) continue;
    for (CatalogBlob& blob :
         blobs_of_file(std::string(rows.text(1)), unpack_manifest(rows.bytes(2)))) {
      if (!is_living) blob = {.ref = blob.ref, .owner = Owner::garbage, .owner_id = {}};
      page.blobs.push_back(std::move(blob));
    }
  }
  return page;
}

}  // namespace

Result<OwnerPage> page(Transaction& tx, const OwnerCursor& cursor, std::uint32_t blobs_max) {
  switch (cursor.table) {
    case Table::intents:
      return intents(tx, cursor, blobs_max);
    case Table::parts:
      return parts(tx, cursor, blobs_max);
    case Table::files:
      return files(tx, cursor, blobs_max);
    case Table::none:
      break;
  }
  return OwnerPage{.blobs = {}, .next = {.table = Table::none}};
}

Result<std::vector<CatalogBlob>> still_owned(Transaction& tx,
                                             const std::vector<CatalogBlob>& blobs) {
  if (blobs.empty()) return std::vector<CatalogBlob>();
  for (const CatalogBlob& blob : blobs) {
    if (blob.owner == Owner::part) {
      tx.later(kPart, blob.owner_id, blob.ref.key.bytes);
    } else {
      tx.later(kFile, blob.owner_id);
    }
  }
  TRY(auto answers, tx.exchange());
  std::vector<CatalogBlob> owned;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    if (answers[i].next()) owned.push_back(blobs[i]);
  }
  return owned;
}

}  // namespace partwise::postgres::owner_rows
