#pragma once

// The table `idempotency_records`: which requests have been answered with which object.

#include <optional>
#include <string>

#include "core/idempotency.hpp"
#include "core/ids.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::idempotency_rows {

struct Record {
  Sha256Digest request{};
  std::string object_id;
};

// Errors of all: those of the database.

// Writes the record, unless there is a younger one than kIdempotencyTtl: false then. Waits for
// another transaction that writes the same.
[[nodiscard]] Result<bool> claim(Transaction& tx, const ProjectId& project, std::string_view verb,
                                 const IdempotencyClaim& claim, std::string_view object_id);
[[nodiscard]] Result<std::optional<Record>> find(Transaction& tx, const ProjectId& project,
                                                 std::string_view verb, std::string_view key);
// Writes the record over one that names `gone_id`. False where it names another by now.
[[nodiscard]] Result<bool> replace(Transaction& tx, const ProjectId& project, std::string_view verb,
                                   const IdempotencyClaim& claim, std::string_view object_id,
                                   std::string_view gone_id);
[[nodiscard]] Result<std::uint32_t> forget(Transaction& tx, Timestamp made_until,
                                           std::uint32_t rows_max);

}  // namespace partwise::postgres::idempotency_rows
