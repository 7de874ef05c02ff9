#include "store/sqlite/counter_sums.hpp"

#include <fmt/format.h>

#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

namespace {

// (project, bytes), in any number of rows: what each project stores.
constexpr const char* kStored =
    "SELECT uploads.project AS project, parts.bytes AS bytes FROM parts"
    "  JOIN uploads ON uploads.seq = parts.upload_seq WHERE uploads.status = 'pending'"
    " UNION ALL SELECT project, bytes FROM files WHERE deleted_at IS NULL"
    " UNION ALL SELECT id, 0 FROM projects";

// (project, kind, name, count, bytes, stored_bytes), likewise: what the table `usage` counts.
constexpr const char* kCounted =
    "SELECT project, 'upload' AS kind, status AS name, 1 AS count, bytes,"
    "  iif(status = 'pending', stored_bytes, 0) AS stored_bytes FROM uploads WHERE forgotten = 0"
    " UNION ALL SELECT project, 'file', purpose, 1, bytes, 0 FROM files WHERE deleted_at IS NULL"
    " UNION ALL SELECT project, 'reclaimable', '', 1,"
    "  stored_bytes - iif(status = 'completed', bytes, 0), 0"
    "  FROM uploads WHERE status <> 'pending' AND reaped = 0"
    " UNION ALL SELECT project, 'reclaimable', '', 1, bytes, 0"
    "  FROM files WHERE deleted_at IS NOT NULL AND reaped = 0";

constexpr const char* kWrongUsage =
    "SELECT project, 'The counter ' || trim(kind || ' ' || name) || ' of project ' || project"
    " || ' differs from its rows by ' || -sum(count) || ' (' || -sum(bytes) || ' bytes, '"
    " || -sum(stored_bytes) || ' stored bytes).' FROM ({}"
    " UNION ALL SELECT project, kind, name, -count, -bytes, -stored_bytes FROM usage)"
    " GROUP BY project, kind, name"
    " HAVING sum(count) <> 0 OR sum(bytes) <> 0 OR sum(stored_bytes) <> 0";

// An upsert from a SELECT needs a WHERE, or its ON would be read as that of a join.
constexpr const char* kMend =
    "BEGIN IMMEDIATE;"
    "DELETE FROM usage;"
    "INSERT INTO usage (project, kind, name, count, bytes, stored_bytes)"
    " SELECT project, kind, name, sum(count), sum(bytes), sum(stored_bytes) FROM ({0})"
    " GROUP BY project, kind, name;"
    "INSERT INTO projects (id, stored_bytes)"
    " SELECT project, sum(bytes) FROM ({1}) WHERE true GROUP BY project"
    " ON CONFLICT (id) DO UPDATE SET stored_bytes = excluded.stored_bytes;"
    "COMMIT";

}  // namespace

Result<std::vector<CatalogCharge>> charges(Database& database) {
  Statement statement(database,
                      fmt::format("SELECT stored.project, ifnull(projects.stored_bytes, 0),"
                                  " sum(stored.bytes) FROM ({}) AS stored"
                                  " LEFT JOIN projects ON projects.id = stored.project"
                                  " GROUP BY stored.project",
                                  kStored));
  auto rows = statement.select();
  std::vector<CatalogCharge> charges;
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return charges;
    charges.push_back({.project = {std::string(rows.text(0))},
                       .recorded_bytes = rows.integer(1),
                       .actual_bytes = rows.size(2)});
  }
}

Result<std::vector<WrongCounter>> wrong_usage(Database& database) {
  Statement statement(database, fmt::format(kWrongUsage, kCounted));
  auto rows = statement.select();
  std::vector<WrongCounter> wrong;
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return wrong;
    wrong.push_back(
        {.project = {std::string(rows.text(0))}, .sentence = std::string(rows.text(1))});
  }
}

Result<> mend_counters(Database& database) {
  auto mended = database.execute(fmt::format(kMend, kCounted, kStored).c_str());
  if (!mended && database.in_transaction()) {
    (void)database.execute("ROLLBACK");  // Where even this fails, nothing was committed.
  }
  return mended;
}

}  // namespace partwise::sqlite
