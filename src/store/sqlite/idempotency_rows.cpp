#include "store/sqlite/idempotency_rows.hpp"

namespace partwise::sqlite {

IdempotencyRows::IdempotencyRows(Database& database)
    : database_(database),
      find_(database,
            "SELECT request_sha256, object_id FROM idempotency_records"
            " WHERE project = ?1 AND verb = ?2 AND key = ?3 AND created_at > ?4"),
      put_(database,
           "INSERT OR REPLACE INTO idempotency_records"
           " (project, verb, key, request_sha256, object_id, created_at)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      forget_(database,
              "DELETE FROM idempotency_records WHERE (project, verb, key) IN"
              " (SELECT project, verb, key FROM idempotency_records WHERE created_at <= ?1"
              " ORDER BY created_at LIMIT ?2)"),
      oldest_(database, "SELECT min(created_at) FROM idempotency_records") {}

Result<std::optional<IdempotencyRecord>> IdempotencyRows::find(const ProjectId& project,
                                                               std::string_view verb,
                                                               std::string_view key,
                                                               Timestamp made_after) {
  auto rows = find_.select(project.text, verb, key, made_after);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return IdempotencyRecord{.request = rows.fixed_bytes<32>(0).value_or(Sha256Digest{}),
                           .object_id = std::string(rows.text(1))};
}

Result<> IdempotencyRows::put(const ProjectId& project, std::string_view verb,
                              const IdempotencyClaim& claim, std::string_view object_id,
                              Timestamp now) {
  return put_.run(project.text, verb, claim.key, claim.request, object_id, now);
}

Result<std::uint32_t> IdempotencyRows::forget(Timestamp made_until, std::uint32_t rows_max) {
  CHECK(forget_.run(made_until, rows_max));
  return static_cast<std::uint32_t>(database_.changes());
}

Result<std::optional<Timestamp>> IdempotencyRows::oldest() {
  auto rows = oldest_.select();
  TRY(const bool found, rows.next());
  if (!found || rows.is_null(0)) return std::nullopt;
  return rows.time(0);
}

}  // namespace partwise::sqlite
