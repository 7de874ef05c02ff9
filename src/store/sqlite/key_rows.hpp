#pragma once

// The table `api_keys`, and the counter that says that it has changed.

#include <optional>
#include <vector>

#include "core/account.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// Errors as in Database. Every write moves the version.
class KeyRows {
 public:
  explicit KeyRows(Database& database);

  [[nodiscard]] Result<> insert(const ApiKey& key);
  [[nodiscard]] Result<std::optional<ApiKey>> find(const KeyId& id);
  [[nodiscard]] Result<> revoke(const KeyId& id, Timestamp now);
  // Oldest first.
  [[nodiscard]] Result<std::vector<ApiKey>> all();
  [[nodiscard]] Result<std::uint64_t> version();

 private:
  // Constant after construction.
  Statement insert_;
  Statement find_;
  Statement revoke_;
  Statement all_;
  Statement version_;
  Statement count_change_;
};

}  // namespace partwise::sqlite
