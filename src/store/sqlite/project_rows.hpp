#pragma once

// The table `projects`: what each is charged, and what it may be.

#include <optional>
#include <vector>

#include "core/account.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// After bytes were added.
struct Charge {
  std::uint64_t stored_bytes = 0;
  std::optional<std::uint64_t> quota_bytes;
};

// Errors as in Database.
class ProjectRows {
 public:
  explicit ProjectRows(Database& database);

  [[nodiscard]] Result<> ensure(const ProjectId& project);
  // Whether the row is new; where it is not, its quotas stay as they are.
  [[nodiscard]] Result<bool> insert(const ProjectId& project, const Quotas& quotas);
  // Whether there is such a row.
  [[nodiscard]] Result<bool> set_quotas(const ProjectId& project, const Quotas& quotas);
  [[nodiscard]] Result<std::optional<Project>> find(const ProjectId& project);
  // By their ids.
  [[nodiscard]] Result<std::vector<Project>> all();
  // Adds bytes; whether that is allowed is the caller's to judge.
  [[nodiscard]] Result<Charge> charge(const ProjectId& project, std::uint64_t bytes);
  [[nodiscard]] Result<> release(const ProjectId& project, std::uint64_t bytes);

 private:
  // Constant after construction.
  Database& database_;
  Statement ensure_;
  Statement insert_;
  Statement set_quotas_;
  Statement find_;
  Statement all_;
  Statement charge_;
  Statement release_;
};

}  // namespace partwise::sqlite
