#include "store/postgres/idempotency_rows.hpp"

namespace partwise::postgres::idempotency_rows {

namespace {

constexpr std::int64_t kTtl = std::chrono::seconds{kIdempotencyTtl}.count();

const Statement kClaim{
    "idempotency_claim",
    "INSERT INTO idempotency_records AS known"
    " (project, verb, key, request_sha256, object_id, created_at)"
    " VALUES ($1, $2, $3, $4, $5, partwise_moment())"
    " ON CONFLICT (project, verb, key) DO UPDATE SET request_sha256 = excluded.request_sha256,"
    " object_id = excluded.object_id, created_at = excluded.created_at"
    " WHERE known.created_at <= partwise_moment() - $6"};
const Statement kFind{"idempotency_find",
                      "SELECT request_sha256, object_id FROM idempotency_records"
                      " WHERE project = $1 AND verb = $2 AND key = $3 FOR UPDATE"};
const Statement kReplace{"idempotency_replace",
                         "UPDATE idempotency_records SET request_sha256 = $4, object_id = $5,"
                         " created_at = partwise_moment()"
                         " WHERE project = $1 AND verb = $2 AND key = $3 AND object_id = $6"};
const Statement kForget{
    "idempotency_forget",
    "DELETE FROM idempotency_records WHERE (project, verb, key) IN (SELECT project, verb, key"
    " FROM idempotency_records WHERE created_at <= $1 ORDER BY created_at LIMIT $2"
    " FOR UPDATE SKIP LOCKED)"};

}  // namespace

Result<bool> claim(Transaction& tx, const ProjectId& project, std::string_view verb,
                   const IdempotencyClaim& claim, std::string_view object_id) {
  TRY(const auto written,
      tx.write(kClaim, project.text, verb, as_bytes(claim.key), claim.request, object_id, kTtl));
  return written == 1;
}

Result<std::optional<Record>> find(Transaction& tx, const ProjectId& project, std::string_view verb,
                                   std::string_view key) {
  TRY(auto rows, tx.query(kFind, project.text, verb, as_bytes(key)));
  if (!rows.next()) return std::nullopt;
  return Record{.request = rows.fixed_bytes<32>(0).value_or(Sha256Digest{}),
                .object_id = std::string(rows.text(1))};
}

Result<bool> replace(Transaction& tx, const ProjectId& project, std::string_view verb,
                     const IdempotencyClaim& claim, std::string_view object_id,
                     std::string_view gone_id) {
  TRY(const auto written, tx.write(kReplace, project.text, verb, as_bytes(claim.key), claim.request,
                                   object_id, gone_id));
  return written == 1;
}

Result<std::uint32_t> forget(Transaction& tx, Timestamp made_until, std::uint32_t rows_max) {
  TRY(const auto forgotten, tx.write(kForget, made_until, rows_max));
  return static_cast<std::uint32_t>(forgotten);
}

}  // namespace partwise::postgres::idempotency_rows
