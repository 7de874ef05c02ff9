#pragma once

// The table `usage`: counters of what each project holds, so that the figures cost the same at any
// number of rows. Kept up by UsageLedger; `contradictions` of the catalog compares them with the
// rows.

#include <optional>
#include <string_view>
#include <vector>

#include "core/usage.hpp"
#include "core/usage_changes.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// Errors as in Database.
class UsageRows {
 public:
  explicit UsageRows(Database& database);

  [[nodiscard]] Result<> add(const CounterKey& key, const CounterChange& change);
  [[nodiscard]] Result<std::int64_t> pending_count(const ProjectId& project);
  // The counters alone; projects that have none are missing.
  [[nodiscard]] Result<std::vector<Usage>> all();
  [[nodiscard]] Result<std::vector<Usage>> of(const ProjectId& project);
  [[nodiscard]] Result<std::optional<OldestPending>> oldest_pending(const ProjectId& project);

 private:
  // Constant after construction.
  Statement add_;
  Statement pending_count_;
  Statement all_;
  Statement of_;
  Statement oldest_pending_;
};

}  // namespace partwise::sqlite
