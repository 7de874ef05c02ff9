#include "store/postgres/usage_rows.hpp"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace partwise::postgres::usage_rows {

namespace {

constexpr std::string_view kSums =
    "SELECT project, kind, name, sum(count)::bigint, sum(bytes)::bigint, sum(stored_bytes)::bigint"
    " FROM (SELECT project, kind, name, count, bytes, stored_bytes FROM usage {0}"
    " UNION ALL SELECT project, kind, name, count, bytes, stored_bytes FROM usage_changes {0})"
    " AS counted GROUP BY project, kind, name ORDER BY project, kind, name";

const Statement kAll{"usage_all", fmt::format(kSums, "")};
const Statement kOf{"usage_of", fmt::format(kSums, "WHERE project = $1")};
const Statement kOldestPending{
    "usage_oldest_pending",
    "SELECT id, created_at FROM uploads WHERE project = $1 AND status = 'pending'"
    " ORDER BY created_at, seq LIMIT 1"};
const Statement kTake{
    "usage_take",
    "DELETE FROM usage_changes WHERE seq IN (SELECT seq FROM usage_changes ORDER BY seq LIMIT $1"
    " FOR UPDATE SKIP LOCKED)"
    " RETURNING project, kind, name, count, bytes, stored_bytes, charged_bytes"};
const Statement kAdd{
    "usage_add",
    "INSERT INTO usage AS known (project, kind, name, count, bytes, stored_bytes)"
    " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (project, kind, name) DO UPDATE SET"
    " count = known.count + excluded.count, bytes = known.bytes + excluded.bytes,"
    " stored_bytes = known.stored_bytes + excluded.stored_bytes"};
const Statement kCharge{
    "usage_charge",
    "INSERT INTO projects AS known (id, stored_bytes) VALUES ($1, $2) ON CONFLICT (id)"
    " DO UPDATE SET stored_bytes = known.stored_bytes + excluded.stored_bytes"};

Result<std::vector<Usage>> read_all(Rows rows) {
  std::vector<Usage> usages;
  while (rows.next()) {
    if (usages.empty() || usages.back().project.id.text != rows.text(0)) {
      usages.emplace_back().project.id = ProjectId{std::string(rows.text(0))};
    }
    TRY(auto* tally, tally_of(usages.back(), rows.text(1), rows.text(2)));
    *tally = {.count = rows.size(3), .bytes = rows.size(4)};
    usages.back().pending_stored_bytes += rows.size(5);
  }
  return usages;
}

struct Sum {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  std::int64_t stored_bytes = 0;
};

}  // namespace

Result<std::vector<Usage>> all(Transaction& tx) {
  TRY(auto rows, tx.query(kAll));
  return read_all(std::move(rows));
}

Result<std::vector<Usage>> of(Transaction& tx, const ProjectId& project) {
  TRY(auto rows, tx.query(kOf, project.text));
  return read_all(std::move(rows));
}

Result<> add_oldest_pending(Transaction& tx, std::vector<Usage>& usages) {
  std::vector<Usage*> asked;
  for (Usage& usage : usages) {
    if (usage.pending.count == 0) continue;
    asked.push_back(&usage);
    tx.later(kOldestPending, usage.project.id.text);
  }
  if (asked.empty()) return {};
  TRY(auto answers, tx.exchange());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!answers[i].next()) continue;
    asked[i]->oldest_pending =
        OldestPending{.id = {std::string(answers[i].text(0))}, .created_at = answers[i].time(1)};
  }
  return {};
}

Result<std::uint64_t> fold(Transaction& tx, std::uint32_t rows_max) {
  TRY(auto rows, tx.query(kTake, rows_max));
  // Ordered, so that two folds meet in the same order and neither waits for the other in a circle.
  std::map<std::tuple<std::string, std::string, std::string>, Sum> sums;
  std::map<std::string, std::int64_t> charges;
  std::uint64_t count = 0;
  for (; rows.next(); ++count) {
    const std::string project(rows.text(0));
    Sum& sum = sums[{project, std::string(rows.text(1)), std::string(rows.text(2))}];
    sum.count += rows.integer(3);
    sum.bytes += rows.integer(4);
    sum.stored_bytes += rows.integer(5);
    if (rows.integer(6) != 0) charges[project] += rows.integer(6);
  }
  for (const auto& [key, sum] : sums) {
    const auto& [project, kind, name] = key;
    tx.later(kAdd, project, kind, name, sum.count, sum.bytes, sum.stored_bytes);
  }
  for (const auto& [project, bytes] : charges) tx.later(kCharge, project, bytes);
  return count;
}

}  // namespace partwise::postgres::usage_rows
