#include "store/sqlite/usage_rows.hpp"

#include <fmt/format.h>

#include <utility>

namespace partwise::sqlite {

namespace {

constexpr const char* kColumns = "project, kind, name, count, bytes, stored_bytes";

Result<std::vector<Usage>> read_all(Rows rows) {
  std::vector<Usage> usages;
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return usages;
    if (usages.empty() || usages.back().project.id.text != rows.text(0)) {
      usages.emplace_back().project.id = ProjectId{std::string(rows.text(0))};
    }
    TRY(auto* tally, tally_of(usages.back(), rows.text(1), rows.text(2)));
    *tally = {.count = rows.size(3), .bytes = rows.size(4)};
    usages.back().pending_stored_bytes += rows.size(5);
  }
}

}  // namespace

UsageRows::UsageRows(Database& database)
    : add_(database, fmt::format("INSERT INTO usage ({}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                                 " ON CONFLICT (project, kind, name) DO UPDATE SET"
                                 " count = count + excluded.count, bytes = bytes + excluded.bytes,"
                                 " stored_bytes = stored_bytes + excluded.stored_bytes",
                                 kColumns)),
      pending_count_(database,
                     "SELECT count FROM usage"
                     " WHERE project = ?1 AND kind = 'upload' AND name = 'pending'"),
      all_(database, fmt::format("SELECT {} FROM usage ORDER BY project", kColumns)),
      of_(database, fmt::format("SELECT {} FROM usage WHERE project = ?1", kColumns)),
      oldest_pending_(database,
                      "SELECT id, created_at FROM uploads WHERE project = ?1"
                      " AND status = 'pending' ORDER BY created_at, seq LIMIT 1") {}

Result<> UsageRows::add(const CounterKey& key, const CounterChange& change) {
  const auto [kind, name] = words_of(key);
  return add_.run(key.project.text, kind, name, change.count, change.bytes, change.stored_bytes);
}

Result<std::int64_t> UsageRows::pending_count(const ProjectId& project) {
  auto rows = pending_count_.select(project.text);
  TRY(const bool found, rows.next());
  return found ? rows.integer(0) : 0;
}

Result<std::vector<Usage>> UsageRows::all() { return read_all(all_.select()); }

Result<std::vector<Usage>> UsageRows::of(const ProjectId& project) {
  return read_all(of_.select(project.text));
}

Result<std::optional<OldestPending>> UsageRows::oldest_pending(const ProjectId& project) {
  auto rows = oldest_pending_.select(project.text);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return OldestPending{.id = {std::string(rows.text(0))}, .created_at = rows.time(1)};
}

}  // namespace partwise::sqlite
