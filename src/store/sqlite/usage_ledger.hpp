#pragma once

// What one batch changes in the counters of usage, summed up in memory and written once before its
// COMMIT: an operation that moves a counter costs next to nothing more. What an operation noted is
// dropped with its savepoint.

#include <map>
#include <optional>

#include "core/usage_changes.hpp"
#include "store/sqlite/project_rows.hpp"
#include "store/sqlite/usage_rows.hpp"

namespace partwise::sqlite {

// Of one batch; used on the writer's thread. What is noted is of the operation under way.
class UsageLedger final : public UsageChanges {
 public:
  // The operation's savepoint was released, or undone.
  void keep_operation();
  void undo_operation() { clear(); }

  // Errors: quota_exceeded. A project without this quota costs one lookup for each batch.
  [[nodiscard]] Result<> judge_open_upload(const ProjectId& project, ProjectRows& projects,
                                           UsageRows& usage);
  // The quotas of the project were changed.
  void forget_quota(const ProjectId& project) { open_uploads_max_.erase(project); }

  [[nodiscard]] Result<> write(UsageRows& usage);

 private:
  [[nodiscard]] Result<std::optional<std::uint64_t>> open_uploads_max(const ProjectId& project,
                                                                      ProjectRows& projects);

  UsageChanges kept_;  // Of the operations before it.
  std::map<ProjectId, std::optional<std::uint64_t>> open_uploads_max_;
};

}  // namespace partwise::sqlite
