#pragma once

// What an operation sees of the database while it runs.

#include "core/limits.hpp"
#include "store/sqlite/figures.hpp"
#include "store/sqlite/file_rows.hpp"
#include "store/sqlite/idempotency_rows.hpp"
#include "store/sqlite/intent_rows.hpp"
#include "store/sqlite/job_rows.hpp"
#include "store/sqlite/key_rows.hpp"
#include "store/sqlite/owner_rows.hpp"
#include "store/sqlite/part_rows.hpp"
#include "store/sqlite/project_rows.hpp"
#include "store/sqlite/upload_rows.hpp"
#include "store/sqlite/usage_ledger.hpp"
#include "store/sqlite/usage_rows.hpp"

namespace partwise::sqlite {

// The statements of one connection, by table.
struct Tables {
  explicit Tables(Database& database)
      : uploads(database),
        parts(database),
        files(database),
        intents(database),
        jobs(database),
        projects(database),
        keys(database),
        idempotency(database),
        usage(database),
        owners(database) {}

  UploadRows uploads;
  PartRows parts;
  FileRows files;
  IntentRows intents;
  JobRows jobs;
  ProjectRows projects;
  KeyRows keys;
  IdempotencyRows idempotency;
  UsageRows usage;
  OwnerRows owners;
};

// A transaction that only reads.
struct Snapshot {
  Tables& tables;
  Timestamp now;  // Read once, after BEGIN.
};

// Whether what one operation of a batch wrote can be undone by itself.
enum class Isolation {
  none,       // Only with the whole batch: costs nothing.
  savepoint,  // By its savepoint.
};

// One operation in the writer's transaction. An operation that returns an error is undone, and its
// neighbours are not.
struct Transaction : Snapshot {
  Transaction(Tables& all, Timestamp at, const CoreLimits& core_limits, Database& connection)
      : Snapshot{all, at}, limits(core_limits), database(connection) {}

  // What was written so far stays, even if the operation is refused in the end.
  [[nodiscard]] Result<> keep() {
    if (isolation == Isolation::savepoint) {
      CHECK(database.execute("RELEASE operation; SAVEPOINT operation"));
    }
    mark_kept();
    ledger.keep_operation();
    return {};
  }
  void mark_kept() {
    kept_changes = changes;
    kept_rows = database.total_changes();
  }
  // Whether the operation wrote something that `keep` did not keep.
  [[nodiscard]] bool has_unkept_rows() const { return database.total_changes() != kept_rows; }

  const CoreLimits& limits;
  Database& database;
  Isolation isolation = Isolation::savepoint;
  // Counted by the operations themselves; of those that were refused only what they kept.
  MetadataChanges changes;
  MetadataChanges kept_changes;
  std::int64_t kept_rows = 0;
  UsageLedger ledger;
};

}  // namespace partwise::sqlite
