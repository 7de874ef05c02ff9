#pragma once

// The table `projects`: what each is charged, and what it may be.

#include <optional>

#include "core/ids.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

struct ProjectUsage {
  std::uint64_t stored_bytes = 0;
  std::optional<std::uint64_t> quota_bytes;
};

// Errors as in Database.
class ProjectRows {
 public:
  explicit ProjectRows(Database& database);

  [[nodiscard]] Result<> ensure(const ProjectId& project);
  // Adds bytes and returns the usage after that; whether it is allowed is the caller's to judge.
  [[nodiscard]] Result<ProjectUsage> charge(const ProjectId& project, std::uint64_t bytes);
  [[nodiscard]] Result<> release(const ProjectId& project, std::uint64_t bytes);
  // 0 for a project that is not known.
  [[nodiscard]] Result<std::uint64_t> stored_bytes(const ProjectId& project);

 private:
  // Constant after construction.
  Statement ensure_;
  Statement charge_;
  Statement release_;
  Statement stored_bytes_;
};

}  // namespace partwise::sqlite
