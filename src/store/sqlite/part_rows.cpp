#include "store/sqlite/part_rows.hpp"

#include <fmt/format.h>

namespace partwise::sqlite {

namespace {

constexpr std::string_view kColumns = "seq, id, created_at, key, bytes, crc64, md5, sha256";

enum Column : int { kSeq, kId, kCreatedAt, kKey, kBytes, kCrc64, kMd5, kSha256 };

Part read(const Rows& rows, const UploadId& upload) {
  Part part;
  part.id = PartId{std::string(rows.text(kId))};
  part.upload_id = upload;
  part.created_at = rows.time(kCreatedAt);
  part.blob.key.bytes = rows.fixed_bytes<16>(kKey).value_or(BlobKey{}.bytes);
  part.blob.bytes = rows.size(kBytes);
  part.blob.crc64 = rows.size(kCrc64);
  part.digests.md5 = rows.fixed_bytes<16>(kMd5);
  part.digests.sha256 = rows.fixed_bytes<32>(kSha256);
  part.sequence = rows.size(kSeq);
  return part;
}

Result<std::vector<Part>> read_all(Rows rows, const UploadId& upload) {
  std::vector<Part> parts;
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return parts;
    parts.push_back(read(rows, upload));
  }
}

}  // namespace

PartRows::PartRows(Database& database)
    : insert_(database,
              "INSERT INTO parts (upload_seq, created_at, seq, id, key, bytes, crc64, md5, sha256)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      all_(database, fmt::format("SELECT {} FROM parts WHERE upload_seq = ?1", kColumns)),
      position_(database, "SELECT created_at, seq FROM parts WHERE id = ?1 AND upload_seq = ?2"),
      page_ascending_(database, page_sql(kColumns, "parts", "upload_seq = ?4", Order::asc)),
      page_descending_(database, page_sql(kColumns, "parts", "upload_seq = ?4", Order::desc)),
      first_keys_(database,
                  "SELECT key FROM parts WHERE upload_seq = ?1 ORDER BY created_at, seq LIMIT ?2"),
      remove_first_(database,
                    "DELETE FROM parts WHERE upload_seq = ?1 AND (created_at, seq) <="
                    " (SELECT created_at, seq FROM parts WHERE upload_seq = ?1"
                    " ORDER BY created_at, seq LIMIT 1 OFFSET ?2 - 1)") {}

Result<> PartRows::insert(std::uint64_t upload_seq, const Part& part) {
  return insert_.run(upload_seq, part.created_at, part.sequence, part.id.text, part.blob.key.bytes,
                     part.blob.bytes, part.blob.crc64, part.digests.md5, part.digests.sha256);
}

Result<std::vector<Part>> PartRows::all(std::uint64_t upload_seq, const UploadId& upload) {
  return read_all(all_.select(upload_seq), upload);
}

Result<std::optional<Position>> PartRows::position(std::uint64_t upload_seq, std::string_view id) {
  auto rows = position_.select(id, upload_seq);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return Position{rows.integer(0), rows.integer(1)};
}

Result<std::vector<Part>> PartRows::page(std::uint64_t upload_seq, const UploadId& upload,
                                         Order order, Position after, std::uint32_t count) {
  Statement& statement = order == Order::asc ? page_ascending_ : page_descending_;
  return read_all(statement.select(after.created_at, after.seq, count, upload_seq), upload);
}

Result<std::vector<BlobKey>> PartRows::first_keys(std::uint64_t upload_seq, std::uint32_t count) {
  std::vector<BlobKey> keys;
  auto rows = first_keys_.select(upload_seq, count);
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return keys;
    keys.push_back({rows.fixed_bytes<16>(0).value_or(BlobKey{}.bytes)});
  }
}

Result<> PartRows::remove_first(std::uint64_t upload_seq, std::uint64_t count) {
  return remove_first_.run(upload_seq, count);
}

}  // namespace partwise::sqlite
