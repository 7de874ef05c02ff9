#include "store/postgres/counter_sums.hpp"

#include <fmt/format.h>

namespace partwise::postgres {

namespace {

// (project, bytes), in any number of rows: what each project stores.
constexpr std::string_view kStored =
    "SELECT uploads.project AS project, parts.bytes AS bytes FROM parts"
    "  JOIN uploads ON uploads.seq = parts.upload_seq WHERE uploads.status = 'pending'"
    " UNION ALL SELECT project, bytes FROM files WHERE deleted_at IS NULL"
    " UNION ALL SELECT id, 0 FROM projects";

// (project, bytes), likewise: what it is billed.
constexpr std::string_view kBilled =
    "SELECT id AS project, stored_bytes AS bytes FROM projects"
    " UNION ALL SELECT project, charged_bytes FROM usage_changes";

// (project, kind, name, count, bytes, stored_bytes), likewise: what the counters count.
constexpr std::string_view kCounted =
    "SELECT project, 'upload' AS kind, status AS name, 1::bigint AS count, bytes,"
    "  CASE WHEN status = 'pending' THEN stored_bytes ELSE 0 END AS stored_bytes"
    "  FROM uploads WHERE NOT forgotten"
    " UNION ALL SELECT project, 'file', purpose, 1, bytes, 0 FROM files WHERE deleted_at IS NULL"
    " UNION ALL SELECT project, 'reclaimable', '', 1,"
    "  stored_bytes - CASE WHEN status = 'completed' THEN bytes ELSE 0 END, 0"
    "  FROM uploads WHERE status <> 'pending' AND NOT reaped"
    " UNION ALL SELECT project, 'reclaimable', '', 1, bytes, 0"
    "  FROM files WHERE deleted_at IS NOT NULL AND NOT reaped";

constexpr std::string_view kWrongUsage =
    "SELECT project, 'The counter ' || trim(kind || ' ' || name) || ' of project ' || project"
    " || ' differs from its rows by ' || -sum(count) || ' (' || -sum(bytes) || ' bytes, '"
    " || -sum(stored_bytes) || ' stored bytes).' FROM ({}"
    " UNION ALL SELECT project, kind, name, -count, -bytes, -stored_bytes FROM usage"
    " UNION ALL SELECT project, kind, name, -count, -bytes, -stored_bytes FROM usage_changes)"
    " AS summed GROUP BY project, kind, name"
    " HAVING sum(count) <> 0 OR sum(bytes) <> 0 OR sum(stored_bytes) <> 0";

constexpr std::string_view kCharges =
    "SELECT project, sum(billed)::bigint, sum(stored)::bigint FROM ("
    " SELECT project, bytes AS billed, 0 AS stored FROM ({}) AS bills"
    " UNION ALL SELECT project, 0, bytes FROM ({}) AS rows) AS summed GROUP BY project";

}  // namespace

Result<std::vector<CatalogCharge>> charges(Connection& connection) {
  connection.send(fmt::format(kCharges, kBilled, kStored).c_str());
  TRY(auto answers, connection.exchange());
  std::vector<CatalogCharge> charges;
  for (Rows& rows = answers.back(); rows.next();) {
    charges.push_back({.project = {std::string(rows.text(0))},
                       .recorded_bytes = rows.integer(1),
                       .actual_bytes = rows.size(2)});
  }
  return charges;
}

Result<std::vector<WrongCounter>> wrong_usage(Connection& connection) {
  connection.send(fmt::format(kWrongUsage, kCounted).c_str());
  TRY(auto answers, connection.exchange());
  std::vector<WrongCounter> wrong;
  for (Rows& rows = answers.back(); rows.next();) {
    wrong.push_back(
        {.project = {std::string(rows.text(0))}, .sentence = std::string(rows.text(1))});
  }
  return wrong;
}

Result<> mend_counters(Connection& connection) {
  connection.send("BEGIN");
  // Nothing is counted meanwhile.
  connection.send(
      "LOCK TABLE uploads, parts, files, usage, usage_changes, projects IN SHARE ROW EXCLUSIVE"
      " MODE");
  connection.send("DELETE FROM usage_changes");
  connection.send("DELETE FROM usage");
  connection.send(
      fmt::format("INSERT INTO usage (project, kind, name, count, bytes, stored_bytes)"
                  " SELECT project, kind, name, sum(count), sum(bytes), sum(stored_bytes)"
                  " FROM ({}) AS counted GROUP BY project, kind, name",
                  kCounted)
          .c_str());
  connection.send(
      fmt::format("INSERT INTO projects (id, stored_bytes)"
                  " SELECT project, sum(bytes) FROM ({}) AS stored GROUP BY project"
                  " ON CONFLICT (id) DO UPDATE SET stored_bytes = excluded.stored_bytes",
                  kStored)
          .c_str());
  connection.send("COMMIT");
  auto mended = connection.exchange();
  if (mended) return {};
  if (connection.is_usable()) {
    connection.send("ROLLBACK");
    (void)connection.exchange();  // Where even this fails, nothing was committed.
  }
  return fail(std::move(mended).error());
}

}  // namespace partwise::postgres
