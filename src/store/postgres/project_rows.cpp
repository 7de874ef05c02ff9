#include "store/postgres/project_rows.hpp"

#include <fmt/format.h>

namespace partwise::postgres::project_rows {

namespace {

// A project may have changes before it has a row.
constexpr std::string_view kSelect =
    "SELECT known.id, (coalesce(projects.stored_bytes, 0) + coalesce((SELECT sum(charged_bytes)"
    " FROM usage_changes WHERE project = known.id), 0))::bigint, quota_bytes, quota_open_uploads"
    " FROM (SELECT id FROM projects {0} UNION SELECT project FROM usage_changes {1}) AS known"
    " LEFT JOIN projects ON projects.id = known.id ORDER BY known.id";

const Statement kEnsure{"project_ensure",
                        "INSERT INTO projects (id) VALUES ($1) ON CONFLICT (id) DO NOTHING"};
const Statement kInsert{
    "project_insert",
    "INSERT INTO projects (id, quota_bytes, quota_open_uploads) VALUES ($1, $2, $3)"
    " ON CONFLICT (id) DO NOTHING"};
const Statement kSetQuotas{
    "project_set_quotas",
    "UPDATE projects SET quota_bytes = $2, quota_open_uploads = $3 WHERE id = $1"};
const Statement kFind{"project_find", fmt::format(kSelect, "WHERE id = $1", "WHERE project = $1")};
const Statement kAll{"project_all", fmt::format(kSelect, "", "")};
const Statement kHoldForBytes{
    "project_hold_for_bytes",
    "SELECT quota_bytes FROM projects WHERE id = $1 AND quota_bytes IS NOT NULL"
    " FOR NO KEY UPDATE"};
const Statement kHoldForOpenUploads{
    "project_hold_for_open_uploads",
    "SELECT quota_open_uploads FROM projects WHERE id = $1 AND quota_open_uploads IS NOT NULL"
    " FOR NO KEY UPDATE"};

Project read(const Rows& rows) {
  Project project;
  project.id = ProjectId{std::string(rows.text(0))};
  project.stored_bytes = rows.size(1);
  if (!rows.is_null(2)) project.quotas.bytes = rows.size(2);
  if (!rows.is_null(3)) project.quotas.open_uploads = rows.size(3);
  return project;
}

}  // namespace

void ensure(Transaction& tx, const ProjectId& project) { tx.later(kEnsure, project.text); }

Result<bool> insert(Transaction& tx, const ProjectId& project, const Quotas& quotas) {
  TRY(const auto written, tx.write(kInsert, project.text, quotas.bytes, quotas.open_uploads));
  return written == 1;
}

Result<bool> set_quotas(Transaction& tx, const ProjectId& project, const Quotas& quotas) {
  TRY(const auto written, tx.write(kSetQuotas, project.text, quotas.bytes, quotas.open_uploads));
  return written == 1;
}

Result<std::optional<Project>> find(Transaction& tx, const ProjectId& project) {
  TRY(auto rows, tx.query(kFind, project.text));
  if (!rows.next()) return std::nullopt;
  return read(rows);
}

Result<std::vector<Project>> all(Transaction& tx) {
  TRY(auto rows, tx.query(kAll));
  std::vector<Project> projects;
  while (rows.next()) projects.push_back(read(rows));
  return projects;
}

void hold_for_bytes(Transaction& tx, const ProjectId& project) {
  tx.later(kHoldForBytes, project.text);
}

std::optional<std::uint64_t> read_quota(Rows rows) {
  if (!rows.next()) return std::nullopt;
  return rows.size(0);
}

Result<std::optional<std::uint64_t>> hold_for_open_uploads(Transaction& tx,
                                                           const ProjectId& project) {
  TRY(auto rows, tx.query(kHoldForOpenUploads, project.text));
  return read_quota(std::move(rows));
}

}  // namespace partwise::postgres::project_rows
