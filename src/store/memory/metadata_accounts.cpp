#include <algorithm>

#include "store/memory/metadata_store.hpp"

namespace partwise {

Task<Result<ApiKey>> MemoryMetadataStore::create_key(ApiKey key) {
  const auto is_same = [&](const ApiKey& other) {
    return other.id == key.id || other.digest == key.digest;
  };
  if (std::ranges::any_of(keys_, is_same))
    co_return fail(ErrorCode::internal, "A key was made twice.");
  key.created_at = clock_.now();
  key.revoked_at.reset();
  projects_.try_emplace(key.project);
  keys_.push_back(key);
  ++keys_version_;
  co_return key;
}

Task<Result<ApiKey>> MemoryMetadataStore::revoke_key(KeyId id) {
  const auto found = std::ranges::find(keys_, id, &ApiKey::id);
  if (found == keys_.end())
    co_return fail(ErrorCode::not_found, "No such key: " + id.text + ".", "key");
  if (!found->revoked_at) {
    found->revoked_at = clock_.now();
    ++keys_version_;
  }
  co_return *found;
}

Task<Result<std::vector<ApiKey>>> MemoryMetadataStore::list_keys() { co_return keys_; }

Task<Result<std::uint64_t>> MemoryMetadataStore::keys_version() { co_return keys_version_; }

Task<Result<std::uint64_t>> MemoryMetadataStore::stored_bytes(ProjectId project) {
  const auto found = projects_.find(project);
  co_return found == projects_.end() ? 0 : found->second.stored_bytes;
}

void MemoryMetadataStore::set_quota(const ProjectId& project, std::uint64_t quota_bytes) {
  projects_[project].quota_bytes = quota_bytes;
}

}  // namespace partwise
