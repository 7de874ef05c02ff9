#pragma once

// The table `usage`: counters of what each project holds, so that the figures cost the same at any
// number of rows. Kept up by UsageLedger; `contradictions` of the catalog compares them with the
// rows.

#include <optional>
#include <string_view>
#include <vector>

#include "core/usage.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// One counter of a project.
enum class Counter : std::uint8_t { pending, completed, cancelled, expired, reclaimable, files };

struct CounterKey {
  ProjectId project;
  Counter counter = Counter::pending;
  Purpose purpose = Purpose::assistants;  // Of `files`; the same for all others.
  friend auto operator<=>(const CounterKey&, const CounterKey&) = default;
};

// What is added to a counter; may be negative.
struct CounterChange {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  std::int64_t stored_bytes = 0;  // Of pending uploads.
};

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
