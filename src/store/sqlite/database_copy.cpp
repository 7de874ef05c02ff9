#include "store/sqlite/database_copy.hpp"

#include <fmt/format.h>

#include <memory>

#include "store/sqlite/database.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise {

using sqlite::Database;
using sqlite::Statement;

namespace {

// 4 MiB.
constexpr int kPagesPerStep = 1024;

struct EndCopy {
  // Repeats an error that was reported already, or ends what was not finished.
  void operator()(sqlite3_backup* copy) const { (void)sqlite3_backup_finish(copy); }
};

// From here on every read of this connection sees one moment, so that no write of others makes the
// copy begin anew.
Result<> stand_still(Database& database) {
  CHECK(database.execute("BEGIN"));
  Statement first(database, "SELECT count(*) FROM sqlite_schema");
  auto rows = first.select();
  TRY(const bool found, rows.next());
  (void)found;  // The transaction began with the read, whatever it gave.
  return {};
}

}  // namespace

Result<> copy_database(const DatabaseCopyOptions& options,
                       const std::function<bool()>& is_stopped) {
  TRY(const auto from,
      Database::open({.path = options.from, .read_only = true, .vfs = options.from_vfs}));
  CHECK(stand_still(*from));
  CHECK(sqlite::require_newest(*from));
  TRY(const auto to,
      Database::open(
          {.path = options.to, .create = true, .write_ahead = false, .vfs = options.to_vfs}));
  const std::unique_ptr<sqlite3_backup, EndCopy> copy(
      sqlite3_backup_init(to->handle(), "main", from->handle(), "main"));
  if (!copy) return fail(to->error(sqlite3_errcode(to->handle())));
  while (!is_stopped()) {
    const int code = sqlite3_backup_step(copy.get(), kPagesPerStep);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_OK) {
      Error error = to->error(code);
      error.message = fmt::format("could not copy to {}: {}", options.to, error.message);
      return fail(std::move(error));
    }
  }
  return fail(ErrorCode::cut, "stopped by a signal.");
}

}  // namespace partwise
