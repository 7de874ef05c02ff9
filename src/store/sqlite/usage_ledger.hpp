#pragma once

// What one batch changes in the counters of usage, summed up in memory and written once before its
// COMMIT: an operation that moves a counter costs next to nothing more. What an operation noted is
// dropped with its savepoint.

#include <map>
#include <optional>
#include <vector>

#include "core/file.hpp"
#include "core/upload.hpp"
#include "store/sqlite/project_rows.hpp"
#include "store/sqlite/usage_rows.hpp"

namespace partwise::sqlite {

// Of one batch; used on the writer's thread.
class UsageLedger {
 public:
  void upload_created(const Upload& upload);
  void part_added(const ProjectId& project, std::uint64_t bytes);
  // From pending to the state that it has now. `stored_bytes` are its parts until then.
  void upload_ended(const Upload& ended);
  // It can be read no more.
  void upload_forgotten(const Upload& ended);
  void file_created(const StoredFile& file);
  void file_buried(const StoredFile& file);
  // What an ended upload or a buried file leaves to be removed: there is a reap job for it now, or
  // there is none any more.
  void leftovers_made(const Upload& ended);
  void leftovers_removed(const Upload& ended);
  void leftovers_made(const StoredFile& buried);
  void leftovers_removed(const StoredFile& buried);

  // The operation's savepoint was released, or undone.
  void keep_operation();
  void undo_operation() { of_operation_.clear(); }

  // Errors: quota_exceeded. A project without this quota costs one lookup for each batch.
  [[nodiscard]] Result<> judge_open_upload(const ProjectId& project, ProjectRows& projects,
                                           UsageRows& usage);
  // The quotas of the project were changed.
  void forget_quota(const ProjectId& project) { open_uploads_max_.erase(project); }

  [[nodiscard]] Result<> write(UsageRows& usage);

 private:
  void add(Counter counter, const ProjectId& project, CounterChange change);
  [[nodiscard]] Result<std::optional<std::uint64_t>> open_uploads_max(const ProjectId& project,
                                                                      ProjectRows& projects);

  std::vector<std::pair<CounterKey, CounterChange>> of_operation_;
  std::map<CounterKey, CounterChange> kept_;
  std::map<ProjectId, std::optional<std::uint64_t>> open_uploads_max_;
};

}  // namespace partwise::sqlite
