#include "store/sqlite/migrations.hpp"

#include <fmt/format.h>

#include <array>

#include "store/sqlite/migrations/0001.hpp"
#include "store/sqlite/migrations/0002.hpp"
#include "store/sqlite/migrations/0003.hpp"
#include "store/sqlite/migrations/0004.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

namespace {

constexpr std::array<const char*, 4> kMigrations{kMigration0001, kMigration0002, kMigration0003,
                                                 kMigration0004};

Result<std::uint64_t> version_of(Database& database) {
  Statement statement(database, "PRAGMA user_version");
  auto rows = statement.select();
  TRY(const bool found, rows.next());
  const std::uint64_t version = found ? rows.size(0) : 0;
  if (version > kMigrations.size()) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("The metadata has version {}, made by a newer Partwise; this one knows {}.",
                    version, kMigrations.size()));
  }
  return version;
}

// True when the newest version is reached.
Result<bool> migrate_once(Database& database) {
  TRY(const auto version,
      version_of(database));  // Read under the lock: another process may have been here.
  if (version == kMigrations.size()) return true;
  CHECK(database.execute(kMigrations.at(version)));
  CHECK(database.execute(fmt::format("PRAGMA user_version={}", version + 1).c_str()));
  return false;
}

}  // namespace

Result<> migrate(Database& database, bool may_change_older) {
  TRY(const auto version, version_of(database));
  if (version > 0 && !may_change_older) return require_newest(database);
  bool done = version == kMigrations.size();
  while (!done) {
    CHECK(database.execute("BEGIN IMMEDIATE"));
    auto step = migrate_once(database);
    if (!step) {
      if (database.in_transaction())
        (void)database.execute("ROLLBACK");  // The first error is the one to tell.
      return fail(std::move(step).error());
    }
    CHECK(database.execute("COMMIT"));
    done = *step;
  }
  return {};
}

Result<> require_newest(Database& database) {
  TRY(const auto version, version_of(database));
  if (version < kMigrations.size()) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("The metadata has version {}, this Partwise needs {}: start the server once.",
                    version, kMigrations.size()));
  }
  return {};
}

}  // namespace partwise::sqlite
