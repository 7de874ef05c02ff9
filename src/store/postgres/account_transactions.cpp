#include "store/postgres/account_transactions.hpp"

#include <map>

#include "store/postgres/key_rows.hpp"
#include "store/postgres/project_rows.hpp"
#include "store/postgres/usage_rows.hpp"

namespace partwise::postgres {

namespace {

Result<std::vector<Project>> projects_of(Transaction& view,
                                         const std::optional<ProjectId>& project) {
  if (!project) return project_rows::all(view);
  TRY(auto found, project_rows::find(view, *project));
  if (!found) return std::vector<Project>();
  return std::vector<Project>{std::move(*found)};
}

}  // namespace

Result<ApiKey> create_key(Transaction& tx, const NewKey& created) {
  project_rows::ensure(tx, created.project);
  return key_rows::insert(tx, created);
}

Result<ApiKey> revoke_key(Transaction& tx, const KeyId& id) {
  TRY(auto revoked, key_rows::revoke(tx, id));
  if (revoked) return std::move(*revoked);
  TRY(auto key, key_rows::find(tx, id));
  if (!key) return fail(no_such_key(id.text));
  return std::move(*key);
}

Result<Project> create_project(Transaction& tx, const ProjectId& id, const Quotas& quotas) {
  TRY(const bool fresh, project_rows::insert(tx, id, quotas));
  if (!fresh) return fail(project_exists(id));
  return Project{.id = id, .stored_bytes = 0, .quotas = quotas};
}

Result<Project> set_quotas(Transaction& tx, const ProjectId& id, const Quotas& quotas) {
  TRY(const bool known, project_rows::set_quotas(tx, id, quotas));
  if (!known) return fail(no_such_project(id.text));
  TRY(auto project, project_rows::find(tx, id));
  if (!project) return fail(no_such_project(id.text));
  return std::move(*project);
}

Result<std::vector<Usage>> usage(Transaction& view, const std::optional<ProjectId>& project) {
  TRY(auto counted, project ? usage_rows::of(view, *project) : usage_rows::all(view));
  TRY(auto projects, projects_of(view, project));
  std::map<ProjectId, Usage> usages;
  for (Usage& one : counted) usages.emplace(one.project.id, std::move(one));
  // A bill that is not summed up yet has no row in `projects`, but a counter.
  for (Project& known : projects) usages[known.id].project = std::move(known);
  std::vector<Usage> all;
  for (auto& [id, one] : usages) all.push_back(std::move(one));
  CHECK(usage_rows::add_oldest_pending(view, all));
  return all;
}

}  // namespace partwise::postgres
