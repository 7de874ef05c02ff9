#pragma once

// The table `idempotency_records`.

#include <optional>
#include <string>
#include <string_view>

#include "core/idempotency.hpp"
#include "core/ids.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

struct IdempotencyRecord {
  Sha256Digest request{};
  std::string object_id;
};

// Errors as in Database. `verb` is the name of its route.
class IdempotencyRows {
 public:
  explicit IdempotencyRows(Database& database);

  // A record made after `made_after`.
  [[nodiscard]] Result<std::optional<IdempotencyRecord>> find(const ProjectId& project,
                                                              std::string_view verb,
                                                              std::string_view key,
                                                              Timestamp made_after);
  // Takes the place of one that is too old.
  [[nodiscard]] Result<> put(const ProjectId& project, std::string_view verb,
                             const IdempotencyClaim& claim, std::string_view object_id,
                             Timestamp now);
  // Removes records made until `made_until`; how many.
  [[nodiscard]] Result<std::uint32_t> forget(Timestamp made_until, std::uint32_t rows_max);
  // When the oldest was made.
  [[nodiscard]] Result<std::optional<Timestamp>> oldest();

 private:
  Database& database_;
  // Constant after construction.
  Statement find_;
  Statement put_;
  Statement forget_;
  Statement oldest_;
};

}  // namespace partwise::sqlite
