#include "store/sqlite/key_rows.hpp"

#include <fmt/format.h>

namespace partwise::sqlite {

namespace {

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

constexpr const char* kColumns =
    "id, project, name, digest, created_at, revoked_at, role, expires_at";

}  // namespace

KeyRows::KeyRows(Database& database)
    : insert_(database,
              "INSERT INTO api_keys (id, project, name, digest, created_at, role, expires_at)"
              " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      find_(database, fmt::format("SELECT {} FROM api_keys WHERE id = ?1", kColumns)),
      revoke_(database, "UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL"),
      all_(database, fmt::format("SELECT {} FROM api_keys ORDER BY seq", kColumns)),
      version_(database, "SELECT value FROM counters WHERE name = 'keys_version'"),
      count_change_(database, "UPDATE counters SET value = value + 1 WHERE name = 'keys_version'") {
}

Result<> KeyRows::insert(const ApiKey& key) {
  CHECK(insert_.run(key.id.text, key.project.text, key.name, key.digest, key.created_at,
                    role_text(key.role), key.expires_at));
  return count_change_.run();
}

Result<std::optional<ApiKey>> KeyRows::find(const KeyId& id) {
  auto rows = find_.select(id.text);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return read(rows);
}

Result<> KeyRows::revoke(const KeyId& id, Timestamp now) {
  CHECK(revoke_.run(id.text, now));
  return count_change_.run();
}

Result<std::vector<ApiKey>> KeyRows::all() {
  std::vector<ApiKey> keys;
  auto rows = all_.select();
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return keys;
    keys.push_back(read(rows));
  }
}

Result<std::uint64_t> KeyRows::version() {
  auto rows = version_.select();
  TRY(const bool found, rows.next());
  return found ? rows.size(0) : 0;
}

}  // namespace partwise::sqlite
