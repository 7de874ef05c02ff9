#include "store/sqlite/project_rows.hpp"

namespace partwise::sqlite {

namespace {

Project read(const Rows& rows) {
  Project project{.id = {std::string(rows.text(0))}, .stored_bytes = rows.size(1)};
  if (!rows.is_null(2)) project.quotas.bytes = rows.size(2);
  if (!rows.is_null(3)) project.quotas.open_uploads = rows.size(3);
  return project;
}

}  // namespace

ProjectRows::ProjectRows(Database& database)
    : database_(database),
      ensure_(database, "INSERT INTO projects (id) VALUES (?1) ON CONFLICT (id) DO NOTHING"),
      insert_(database,
              "INSERT INTO projects (id, quota_bytes, quota_open_uploads) VALUES (?1, ?2, ?3)"
              " ON CONFLICT (id) DO NOTHING"),
      set_quotas_(database,
                  "UPDATE projects SET quota_bytes = ?2, quota_open_uploads = ?3 WHERE id = ?1"),
      find_(database,
            "SELECT id, stored_bytes, quota_bytes, quota_open_uploads FROM projects WHERE id = ?1"),
      all_(database,
           "SELECT id, stored_bytes, quota_bytes, quota_open_uploads FROM projects ORDER BY id"),
      charge_(database,
              "INSERT INTO projects (id, stored_bytes) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE"
              " SET stored_bytes = stored_bytes + excluded.stored_bytes"
              " RETURNING stored_bytes, quota_bytes"),
      release_(database, "UPDATE projects SET stored_bytes = stored_bytes - ?2 WHERE id = ?1") {}

Result<> ProjectRows::ensure(const ProjectId& project) { return ensure_.run(project.text); }

Result<bool> ProjectRows::insert(const ProjectId& project, const Quotas& quotas) {
  CHECK(insert_.run(project.text, quotas.bytes, quotas.open_uploads));
  return database_.changes() == 1;
}

Result<bool> ProjectRows::set_quotas(const ProjectId& project, const Quotas& quotas) {
  CHECK(set_quotas_.run(project.text, quotas.bytes, quotas.open_uploads));
  return database_.changes() == 1;
}

Result<std::optional<Project>> ProjectRows::find(const ProjectId& project) {
  auto rows = find_.select(project.text);
  TRY(const bool found, rows.next());
  if (!found) return std::nullopt;
  return read(rows);
}

Result<std::vector<Project>> ProjectRows::all() {
  std::vector<Project> projects;
  auto rows = all_.select();
  while (true) {
    TRY(const bool found, rows.next());
    if (!found) return projects;
    projects.push_back(read(rows));
  }
}

Result<Charge> ProjectRows::charge(const ProjectId& project, std::uint64_t bytes) {
  auto rows = charge_.select(project.text, bytes);
  TRY(const bool found, rows.next());
  if (!found) return fail(ErrorCode::internal, "A charge returned no row.");
  Charge usage{.stored_bytes = rows.size(0), .quota_bytes = {}};
  if (!rows.is_null(1)) usage.quota_bytes = rows.size(1);
  return usage;
}

Result<> ProjectRows::release(const ProjectId& project, std::uint64_t bytes) {
  if (bytes == 0) return {};
  return release_.run(project.text, bytes);
}

}  // namespace partwise::sqlite
