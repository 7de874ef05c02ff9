#include "store/sqlite/project_rows.hpp"

namespace partwise::sqlite {

ProjectRows::ProjectRows(Database& database)
    : ensure_(database, "INSERT INTO projects (id) VALUES (?1) ON CONFLICT (id) DO NOTHING"),
      charge_(database,
              "INSERT INTO projects (id, stored_bytes) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE"
              " SET stored_bytes = stored_bytes + excluded.stored_bytes"
              " RETURNING stored_bytes, quota_bytes"),
      release_(database, "UPDATE projects SET stored_bytes = stored_bytes - ?2 WHERE id = ?1"),
      stored_bytes_(database, "SELECT stored_bytes FROM projects WHERE id = ?1") {}

Result<> ProjectRows::ensure(const ProjectId& project) { return ensure_.run(project.text); }

Result<ProjectUsage> ProjectRows::charge(const ProjectId& project, std::uint64_t bytes) {
  auto rows = charge_.select(project.text, bytes);
  TRY(const bool found, rows.next());
  if (!found) return fail(ErrorCode::internal, "A charge returned no row.");
  ProjectUsage usage{.stored_bytes = rows.size(0), .quota_bytes = {}};
  if (!rows.is_null(1)) usage.quota_bytes = rows.size(1);
  return usage;
}

Result<> ProjectRows::release(const ProjectId& project, std::uint64_t bytes) {
  if (bytes == 0) return {};
  return release_.run(project.text, bytes);
}

Result<std::uint64_t> ProjectRows::stored_bytes(const ProjectId& project) {
  auto rows = stored_bytes_.select(project.text);
  TRY(const bool found, rows.next());
  return found ? rows.size(0) : 0;
}

}  // namespace partwise::sqlite
