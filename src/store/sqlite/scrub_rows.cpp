#include "store/sqlite/scrub_rows.hpp"

#include "store/sqlite/manifest_codec.hpp"

namespace partwise::sqlite {

namespace {

// Rows of deleted files that one look may have to pass over.
constexpr std::uint64_t kFilesPerLook = 1024;

using Kind = ScrubPosition::Kind;

}  // namespace

ScrubRows::ScrubRows(Database& database)
    // Through the parts, because there may be many ended uploads, and theirs are soon removed.
    : next_with_parts_(database,
                       "SELECT upload_seq FROM parts WHERE upload_seq >= ?1"
                       " ORDER BY upload_seq LIMIT 1"),
      parts_of_pending_(database,
                        "SELECT parts.id, parts.key, parts.bytes, parts.crc64, uploads.id,"
                        " parts.seq FROM uploads JOIN parts ON parts.upload_seq = uploads.seq"
                        " WHERE uploads.seq = ?1 AND uploads.status = 'pending'"
                        " ORDER BY parts.created_at, parts.seq"),
      next_living_(database,
                   "SELECT seq, id, manifest FROM files WHERE seq >= ?1 AND seq < ?2"
                   " AND deleted_at IS NULL ORDER BY seq LIMIT 1"),
      last_file_(database, "SELECT seq FROM files ORDER BY seq DESC LIMIT 1"),
      has_part_(database,
                "SELECT 1 FROM parts JOIN uploads ON uploads.seq = parts.upload_seq"
                " WHERE parts.id = ?1 AND uploads.status = 'pending'"),
      has_file_(database, "SELECT 1 FROM files WHERE id = ?1 AND deleted_at IS NULL") {}

Result<std::optional<OwnedBlobs>> ScrubRows::next_owner(const ScrubPosition& from) {
  if (from.kind == Kind::file) return next_file(from.sequence);
  return next_upload(from.sequence);
}

Result<OwnedBlobs> ScrubRows::next_upload(std::uint64_t from) {
  OwnedBlobs owner{.position = {.kind = Kind::file, .sequence = 0}, .blobs = {}};
  {
    auto rows = next_with_parts_.select(from);
    TRY(const bool found, rows.next());
    if (!found) return owner;
    owner.position = {.kind = Kind::upload, .sequence = rows.size(0)};
  }
  TRY(owner.blobs, parts_of(owner.position.sequence));
  return owner;
}

Result<std::vector<CatalogBlob>> ScrubRows::parts_of(std::uint64_t upload_seq) {
  std::vector<CatalogBlob> blobs;
  auto rows = parts_of_pending_.select(upload_seq);
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return blobs;
    CatalogBlob blob{.ref = {.key = {}, .bytes = rows.size(2), .crc64 = rows.size(3)},
                     .owner = CatalogBlob::Owner::part,
                     .owner_id = std::string(rows.text(0)),
                     .place = {.upload_id = std::string(rows.text(4)), .number = rows.size(5)}};
    blob.ref.key.bytes = rows.fixed_bytes<16>(1).value_or(BlobKey{}.bytes);
    blobs.push_back(std::move(blob));
  }
}

Result<std::optional<OwnedBlobs>> ScrubRows::next_file(std::uint64_t from) {
  const std::uint64_t end = from + kFilesPerLook;
  {
    auto rows = next_living_.select(from, end);
    TRY(const bool found, rows.next());
    if (found) {
      return OwnedBlobs{
          .position = {.kind = Kind::file, .sequence = rows.size(0)},
          .blobs = blobs_of_file(std::string(rows.text(1)), unpack_manifest(rows.bytes(2)))};
    }
  }
  auto rows = last_file_.select();
  TRY(const bool has_files, rows.next());
  if (!has_files || rows.size(0) < end) return std::nullopt;
  return OwnedBlobs{.position = {.kind = Kind::file, .sequence = end - 1}, .blobs = {}};
}

Result<bool> ScrubRows::is_owned(const CatalogBlob& blob) {
  Statement& statement = blob.owner == CatalogBlob::Owner::part ? has_part_ : has_file_;
  auto rows = statement.select(blob.owner_id);
  return rows.next();
}

}  // namespace partwise::sqlite
