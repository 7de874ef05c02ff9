#include "store/postgres/part_rows.hpp"

#include <fmt/format.h>

namespace partwise::postgres::part_rows {

namespace {

constexpr std::string_view kColumns = "seq, id, created_at, key, bytes, crc64, md5, sha256";

enum Column : int { kSeq, kId, kCreatedAt, kKey, kBytes, kCrc64, kMd5, kSha256 };

const Statement kAdopt{
    "part_adopt",
    "WITH adopted AS (DELETE FROM intents WHERE key = $5 AND claimed_by IS NULL AND job IS NULL"
    " RETURNING key)"
    " INSERT INTO parts (upload_seq, created_at, seq, id, key, bytes, crc64, md5, sha256)"
    " SELECT $1, $2, $3, $4, key, $6, $7, $8, $9 FROM adopted"};
const Statement kFindMade{"part_find_made",
                          fmt::format("SELECT {} FROM parts WHERE id = $1", kColumns)};
const Statement kAll{"part_all",
                     fmt::format("SELECT {} FROM parts WHERE upload_seq = $1", kColumns)};
const Statement kPosition{"part_position",
                          "SELECT created_at, seq FROM parts WHERE id = $1 AND upload_seq = $2"};
const Statement kPageAscending{"part_page_asc",
                               page_sql(kColumns, "parts", "upload_seq = $4", Order::asc)};
const Statement kPageDescending{"part_page_desc",
                                page_sql(kColumns, "parts", "upload_seq = $4", Order::desc)};
const Statement kFirstKeys{
    "part_first_keys",
    "SELECT key FROM parts WHERE upload_seq = $1 ORDER BY created_at, seq LIMIT $2"};
const Statement kRemoveFirst{
    "part_remove_first",
    "DELETE FROM parts WHERE (upload_seq, created_at, seq) IN (SELECT upload_seq, created_at, seq"
    " FROM parts WHERE upload_seq = $1 ORDER BY created_at, seq LIMIT $2)"};

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

std::vector<Part> read_all(Rows rows, const UploadId& upload) {
  std::vector<Part> parts;
  while (rows.next()) parts.push_back(read(rows, upload));
  return parts;
}

}  // namespace

Result<bool> adopt(Transaction& tx, std::uint64_t upload_seq, const Part& part) {
  TRY(const auto written, tx.write(kAdopt, upload_seq, part.created_at, part.sequence, part.id.text,
                                   part.blob.key.bytes, part.blob.bytes, part.blob.crc64,
                                   part.digests.md5, part.digests.sha256));
  return written == 1;
}

Result<std::optional<Part>> find_made(Transaction& tx, const PartId& id, const UploadId& upload) {
  TRY(auto rows, tx.query(kFindMade, id.text));
  if (!rows.next()) return std::nullopt;
  return read(rows, upload);
}

Result<std::vector<Part>> all(Transaction& tx, std::uint64_t upload_seq, const UploadId& upload) {
  TRY(auto rows, tx.query(kAll, upload_seq));
  return read_all(std::move(rows), upload);
}

Result<std::optional<Position>> position(Transaction& tx, std::uint64_t upload_seq,
                                         std::string_view id) {
  if (!may_be_id(id)) return std::nullopt;
  TRY(auto rows, tx.query(kPosition, id, upload_seq));
  if (!rows.next()) return std::nullopt;
  return Position{rows.integer(0), rows.integer(1)};
}

Result<std::vector<Part>> page(Transaction& tx, std::uint64_t upload_seq, const UploadId& upload,
                               Order order, Position after, std::uint32_t count) {
  TRY(auto rows, tx.query(order == Order::asc ? kPageAscending : kPageDescending, after.created_at,
                          after.seq, count, upload_seq));
  return read_all(std::move(rows), upload);
}

Result<std::vector<BlobKey>> first_keys(Transaction& tx, std::uint64_t upload_seq,
                                        std::uint32_t count) {
  TRY(auto rows, tx.query(kFirstKeys, upload_seq, count));
  std::vector<BlobKey> keys;
  while (rows.next()) keys.push_back({rows.fixed_bytes<16>(0).value_or(BlobKey{}.bytes)});
  return keys;
}

void remove_first(Transaction& tx, std::uint64_t upload_seq, std::uint64_t count) {
  tx.later(kRemoveFirst, upload_seq, count);
}

}  // namespace partwise::postgres::part_rows
