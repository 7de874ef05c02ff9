#include <algorithm>

#include "store/memory/metadata_store.hpp"

namespace partwise {

namespace {

void add(Tally& tally, std::uint64_t bytes) {
  ++tally.count;
  tally.bytes += bytes;
}

Tally& tally_of(Usage& usage, const UploadState& state) {
  if (std::holds_alternative<Pending>(state)) return usage.pending;
  if (std::holds_alternative<Completed>(state)) return usage.completed;
  return std::holds_alternative<Cancelled>(state) ? usage.cancelled : usage.expired;
}

void count(const Upload& upload, Usage& usage) {
  add(tally_of(usage, upload.state), upload.bytes);
  if (!std::holds_alternative<Pending>(upload.state)) return;
  usage.pending_stored_bytes += upload.stored_bytes;
  auto& oldest = usage.oldest_pending;
  if (!oldest || upload.created_at < oldest->created_at) {
    oldest = OldestPending{.id = upload.id, .created_at = upload.created_at};
  }
}

}  // namespace

Task<Result<ApiKey>> MemoryMetadataStore::create_key(NewKey created) {
  const auto is_same = [&](const ApiKey& other) {
    return other.id == created.id || other.digest == created.digest;
  };
  if (std::ranges::any_of(keys_, is_same))
    co_return fail(ErrorCode::internal, "A key was made twice.");
  ApiKey key{.id = created.id,
             .project = created.project,
             .name = created.name,
             .role = created.role,
             .digest = created.digest,
             .created_at = clock_.now(),
             .expires_at = {},
             .revoked_at = {}};
  if (created.ttl) key.expires_at = key.created_at + *created.ttl;
  projects_.try_emplace(key.project);
  keys_.push_back(key);
  ++keys_version_;
  co_return key;
}

Task<Result<ApiKey>> MemoryMetadataStore::revoke_key(KeyId id) {
  const auto found = std::ranges::find(keys_, id, &ApiKey::id);
  if (found == keys_.end()) co_return fail(no_such_key(id.text));
  if (!found->revoked_at) {
    found->revoked_at = clock_.now();
    ++keys_version_;
  }
  co_return *found;
}

Task<Result<std::vector<ApiKey>>> MemoryMetadataStore::list_keys() { co_return keys_; }

Task<Result<std::uint64_t>> MemoryMetadataStore::keys_version() { co_return keys_version_; }

Task<Result<Project>> MemoryMetadataStore::create_project(ProjectId id, Quotas quotas) {
  const auto [entry, fresh] = projects_.try_emplace(id);
  if (!fresh) co_return fail(project_exists(id));
  entry->second.quotas = quotas;
  co_return Project{.id = id, .stored_bytes = 0, .quotas = quotas};
}

Task<Result<Project>> MemoryMetadataStore::set_quotas(ProjectId id, Quotas quotas) {
  const auto found = projects_.find(id);
  if (found == projects_.end()) co_return fail(no_such_project(id.text));
  found->second.quotas = quotas;
  co_return Project{.id = id, .stored_bytes = found->second.stored_bytes, .quotas = quotas};
}

Task<Result<std::vector<Usage>>> MemoryMetadataStore::usage(std::optional<ProjectId> project) {
  std::map<ProjectId, Usage> usages;
  for (const auto& [id, known] : projects_) usages[id].project = known;
  std::map<std::uint64_t, const Upload*> by_age;
  for (const auto& [id, record] : uploads_) {
    if (!record.forgotten) by_age.emplace(record.upload.sequence, &record.upload);
  }
  for (const auto& [sequence, upload] : by_age) count(*upload, usages[upload->project]);
  for (const auto& [id, record] : files_) {
    Usage& usage = usages[record.file.project];
    if (!record.deleted_at) add(usage.files_of(record.file.purpose), record.file.bytes);
  }
  for (const auto& [number, job] : jobs_) {
    const bool is_billed_to_nobody = !job.upload && !job.file;
    if (!is_billed_to_nobody) add(usages[job.project].reclaimable, job.bytes);
  }
  std::vector<Usage> wanted;
  for (auto& [id, usage] : usages) {
    usage.project.id = id;
    if (!project || *project == id) wanted.push_back(usage);
  }
  co_return wanted;
}

}  // namespace partwise
