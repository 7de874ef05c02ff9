#include "store/postgres/migrations.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

#include "store/postgres/migrations/0001.hpp"

namespace partwise::postgres {

namespace {

using Migration = std::span<const char* const>;
const std::array<Migration, 1> kMigrations{Migration(kMigration0001)};

// A number that no other program uses by chance.
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(7165889142553087841)";
constexpr const char* kVersions =
    "CREATE TABLE IF NOT EXISTS partwise_schema (version bigint NOT NULL)";
constexpr const char* kHasVersions = "SELECT to_regclass('partwise_schema') IS NOT NULL";
constexpr const char* kVersion = "SELECT coalesce(max(version), 0)::bigint FROM partwise_schema";

// 0 where there is none.
Result<std::uint64_t> version_of(Connection& connection) {
  connection.send(kHasVersions);
  TRY(auto known, connection.exchange());
  const bool has_versions = known.back().next() && known.back().boolean(0);
  if (!has_versions) return 0;
  connection.send(kVersion);
  TRY(auto rows, connection.exchange());
  const std::uint64_t version = rows.back().next() ? rows.back().size(0) : 0;
  if (version > kMigrations.size()) {
    return fail(ErrorCode::invalid_request,
                fmt::format("The database has version {} of the schema, made by a newer Partwise; "
                            "this one knows {}.",
                            version, kMigrations.size()));
  }
  return version;
}

// Under the lock. True when the newest version is reached.
Result<bool> migrate_once(Connection& connection) {
  connection.send(kVersions);
  TRY(const auto made, connection.exchange());
  TRY(const auto version, version_of(connection));
  if (version == kMigrations.size()) return true;
  for (const char* sql : kMigrations.at(version)) connection.send(sql);
  const auto note = fmt::format("INSERT INTO partwise_schema (version) VALUES ({})", version + 1);
  connection.send(note.c_str());
  CHECK(connection.exchange());
  return false;
}

}  // namespace

Result<> migrate(Connection& connection, bool may_change_older) {
  TRY(const auto version, version_of(connection));
  if (version > 0 && !may_change_older) return require_newest(connection);
  bool done = version == kMigrations.size();
  while (!done) {
    connection.send("BEGIN");
    connection.send(kLock);
    CHECK(connection.exchange());
    auto step = migrate_once(connection);
    connection.send(step ? "COMMIT" : "ROLLBACK");
    const auto ended = connection.exchange();
    if (!step) return fail(std::move(step).error());
    if (!ended) return fail(ended.error());
    done = *step;
  }
  return {};
}

Result<> require_newest(Connection& connection) {
  TRY(const auto version, version_of(connection));
  if (version == kMigrations.size()) return {};
  if (version == 0) {
    return fail(ErrorCode::not_found,
                "The database has no Partwise in it: start the server once, or make a key.");
  }
  return fail(
      ErrorCode::invalid_request,
      fmt::format("The database has version {} of the schema, this Partwise needs {}: start "
                  "the server once.",
                  version, kMigrations.size()));
}

Result<StoreName> store_name(Connection& connection) {
  connection.send("SELECT id, blobs_id FROM store");
  TRY(auto answers, connection.exchange());
  Rows& rows = answers.back();
  if (!rows.next()) return fail(ErrorCode::internal, "The table `store` of the database is empty.");
  StoreName name{.id = std::string(rows.text(0)), .blobs_id = {}};
  if (!rows.is_null(1)) name.blobs_id = std::string(rows.text(1));
  return name;
}

Result<> bind_blobs(Connection& connection, const Agree& agree) {
  static const Statement kBind{"store_bind", "UPDATE store SET blobs_id = $1"};
  connection.send("BEGIN");
  connection.send(kLock);
  CHECK(connection.exchange());
  auto agreed = [&]() -> Result<> {
    TRY(const auto name, store_name(connection));
    TRY(const auto blobs_id, agree(name));
    if (name.blobs_id == blobs_id) return {};
    connection.send(kBind, Params(blobs_id));
    CHECK(connection.exchange());
    return {};
  }();
  connection.send(agreed ? "COMMIT" : "ROLLBACK");
  const auto ended = connection.exchange();
  if (!agreed) return agreed;
  if (!ended) return fail(ended.error());
  return {};
}

namespace {

Result<bool> try_lock(Connection& connection, const char* sql) {
  connection.send(sql);
  TRY(auto answers, connection.exchange());
  return answers.back().next() && answers.back().boolean(0);
}

}  // namespace

Result<bool> be_a_node(Connection& connection) {
  return try_lock(connection, "SELECT pg_try_advisory_lock_shared(7165889142553087842)");
}

Result<bool> be_alone(Connection& connection) {
  return try_lock(connection, "SELECT pg_try_advisory_lock(7165889142553087842)");
}

}  // namespace partwise::postgres
