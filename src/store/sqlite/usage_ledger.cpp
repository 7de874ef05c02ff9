#include "store/sqlite/usage_ledger.hpp"

#include <utility>

namespace partwise::sqlite {

void UsageLedger::keep_operation() {
  kept_.add(*this);
  clear();
}

Result<> UsageLedger::judge_open_upload(const ProjectId& project, ProjectRows& projects,
                                        UsageRows& usage) {
  TRY(const auto most, open_uploads_max(project, projects));
  if (!most) return {};
  TRY(std::int64_t open, usage.pending_count(project));
  open += kept_.pending_count(project);
  if (std::cmp_less(open, *most)) return {};
  return fail(over_quota_of_open_uploads(static_cast<std::uint64_t>(open), *most));
}

Result<std::optional<std::uint64_t>> UsageLedger::open_uploads_max(const ProjectId& project,
                                                                   ProjectRows& projects) {
  if (const auto known = open_uploads_max_.find(project); known != open_uploads_max_.end()) {
    return known->second;
  }
  TRY(const auto row, projects.find(project));
  const auto most = row ? row->quotas.open_uploads : std::nullopt;
  open_uploads_max_.emplace(project, most);
  return most;
}

Result<> UsageLedger::write(UsageRows& usage) {
  for (const auto& [key, change] : kept_.all()) {
    if (change.count == 0 && change.bytes == 0 && change.stored_bytes == 0) continue;
    CHECK(usage.add(key, change));
  }
  return {};
}

}  // namespace partwise::sqlite
