#include "store/postgres/key_rows.hpp"

#include <fmt/format.h>

namespace partwise::postgres::key_rows {

namespace {

constexpr std::string_view kColumns =
    "id, project, name, digest, created_at, revoked_at, role, expires_at";

const Statement kInsert{
    "key_insert",
    fmt::format("INSERT INTO api_keys (id, project, name, digest, created_at, role, expires_at)"
                " SELECT $1, $2, $3, $4, m.moment, $5, m.moment + $6"
                " FROM (SELECT partwise_moment() AS moment) AS m RETURNING {}",
                kColumns)};
const Statement kFind{"key_find", fmt::format("SELECT {} FROM api_keys WHERE id = $1", kColumns)};
const Statement kRevoke{"key_revoke",
                        fmt::format("UPDATE api_keys SET revoked_at = partwise_moment()"
                                    " WHERE id = $1 AND revoked_at IS NULL RETURNING {}",
                                    kColumns)};
const Statement kAll{"key_all", fmt::format("SELECT {} FROM api_keys ORDER BY seq", kColumns)};
const Statement kVersion{"key_version",
                         "SELECT value, partwise_moment()"
                         " FROM counters WHERE name = 'keys_version'"};
const Statement kCountChange{"key_count_change",
                             "UPDATE counters SET value = value + 1 WHERE name = 'keys_version'"};

ApiKey read(const Rows& rows) {
  ApiKey key;
  key.id = KeyId{std::string(rows.text(0))};
  key.project = ProjectId{std::string(rows.text(1))};
  key.name = rows.text(2);
  key.digest = rows.fixed_bytes<32>(3).value_or(Sha256Digest{});
  key.created_at = rows.time(4);
  if (!rows.is_null(5)) key.revoked_at = rows.time(5);
  key.role = parse_role(rows.text(6)).value_or(Role::user);  // The schema admits its words only.
  if (!rows.is_null(7)) key.expires_at = rows.time(7);
  return key;
}

std::optional<ApiKey> read_one(Rows rows) {
  if (!rows.next()) return std::nullopt;
  return read(rows);
}

}  // namespace

Result<ApiKey> insert(Transaction& tx, const NewKey& key) {
  std::optional<std::int64_t> ttl;
  if (key.ttl) ttl = key.ttl->count();
  TRY(auto rows, tx.query(kInsert, key.id.text, key.project.text, as_bytes(key.name), key.digest,
                          role_text(key.role), ttl));
  auto inserted = read_one(std::move(rows));
  if (!inserted) return fail(ErrorCode::internal, "An insert returned no row.");
  tx.later(kCountChange);
  return std::move(*inserted);
}

Result<std::optional<ApiKey>> find(Transaction& tx, const KeyId& id) {
  TRY(auto rows, tx.query(kFind, id.text));
  return read_one(std::move(rows));
}

Result<std::optional<ApiKey>> revoke(Transaction& tx, const KeyId& id) {
  TRY(auto rows, tx.query(kRevoke, id.text));
  auto revoked = read_one(std::move(rows));
  if (revoked) tx.later(kCountChange);
  return revoked;
}

Result<std::vector<ApiKey>> all(Transaction& tx) {
  TRY(auto rows, tx.query(kAll));
  std::vector<ApiKey> keys;
  while (rows.next()) keys.push_back(read(rows));
  return keys;
}

Result<Version> version(Transaction& tx) {
  TRY(auto rows, tx.query(kVersion));
  if (!rows.next()) return fail(ErrorCode::internal, "The counter of keys is missing.");
  return Version{.number = rows.size(0), .now = rows.time(1)};
}

}  // namespace partwise::postgres::key_rows
