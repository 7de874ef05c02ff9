#include "store/sqlite/account_transactions.hpp"

#include <fmt/format.h>

#include <map>

namespace partwise::sqlite {

namespace {

Result<std::vector<Project>> projects_of(Snapshot& view, const std::optional<ProjectId>& project) {
  if (!project) return view.tables.projects.all();
  TRY(auto found, view.tables.projects.find(*project));
  if (!found) return std::vector<Project>();
  return std::vector<Project>{std::move(*found)};
}

}  // namespace

Result<ApiKey> create_key(Transaction& tx, const NewKey& created) {
  ApiKey key{.id = created.id,
             .project = created.project,
             .name = created.name,
             .role = created.role,
             .digest = created.digest,
             .created_at = tx.now,
             .expires_at = {},
             .revoked_at = {}};
  if (created.ttl) key.expires_at = tx.now + *created.ttl;
  CHECK(tx.tables.projects.ensure(key.project));
  CHECK(tx.tables.keys.insert(key));
  return key;
}

Result<ApiKey> revoke_key(Transaction& tx, const KeyId& id) {
  TRY(auto key, tx.tables.keys.find(id));
  if (!key) return fail(no_such_key(id.text));
  if (key->revoked_at) return std::move(*key);
  CHECK(tx.tables.keys.revoke(id, tx.now));
  key->revoked_at = tx.now;
  return std::move(*key);
}

Result<Project> create_project(Transaction& tx, const ProjectId& id, const Quotas& quotas) {
  TRY(const bool fresh, tx.tables.projects.insert(id, quotas));
  if (!fresh) return fail(project_exists(id));
  tx.ledger.forget_quota(id);
  return Project{.id = id, .stored_bytes = 0, .quotas = quotas};
}

Result<Project> set_quotas(Transaction& tx, const ProjectId& id, const Quotas& quotas) {
  TRY(const bool known, tx.tables.projects.set_quotas(id, quotas));
  if (!known) return fail(no_such_project(id.text));
  tx.ledger.forget_quota(id);
  TRY(auto project, tx.tables.projects.find(id));
  return std::move(*project);
}

Result<std::vector<Usage>> usage(Snapshot& view, const std::optional<ProjectId>& project) {
  TRY(auto counted, project ? view.tables.usage.of(*project) : view.tables.usage.all());
  TRY(auto projects, projects_of(view, project));
  std::map<ProjectId, Usage> usages;
  for (Usage& one : counted) usages.emplace(one.project.id, std::move(one));
  for (Project& known : projects) usages[known.id].project = std::move(known);
  std::vector<Usage> all;
  for (auto& [id, one] : usages) {
    if (one.pending.count > 0) {
      TRY(one.oldest_pending, view.tables.usage.oldest_pending(id));
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace partwise::sqlite
