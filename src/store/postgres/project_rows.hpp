#pragma once

// The table `projects`: their quotas, and what they are billed. Only verbs of a project with a
// quota touch its row.

#include <optional>
#include <vector>

#include "core/account.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres::project_rows {

// Errors of all: those of the database.

void ensure(Transaction& tx, const ProjectId& project);
// False where it exists.
[[nodiscard]] Result<bool> insert(Transaction& tx, const ProjectId& project, const Quotas& quotas);
// False where it does not.
[[nodiscard]] Result<bool> set_quotas(Transaction& tx, const ProjectId& project,
                                      const Quotas& quotas);
// With changes that are not summed up yet.
[[nodiscard]] Result<std::optional<Project>> find(Transaction& tx, const ProjectId& project);
[[nodiscard]] Result<std::vector<Project>> all(Transaction& tx);

// These two hold the row, so that judgements of one project come one after the other; nothing is
// held, and the answer is none, where it has no such quota. The judgement is another statement:
// only one that begins after the wait sees what was waited for.
void hold_for_bytes(Transaction& tx, const ProjectId& project);  // Put off.
[[nodiscard]] std::optional<std::uint64_t> read_quota(Rows rows);
[[nodiscard]] Result<std::optional<std::uint64_t>> hold_for_open_uploads(Transaction& tx,
                                                                         const ProjectId& project);

}  // namespace partwise::postgres::project_rows
