// The sweep: contract in core/garbage_store.hpp.

#include "core/idempotency.hpp"
#include "core/transitions.hpp"
#include "store/postgres/file_transactions.hpp"
#include "store/postgres/garbage_transactions.hpp"
#include "store/postgres/idempotency_rows.hpp"
#include "store/postgres/intent_rows.hpp"
#include "store/postgres/job_rows.hpp"
#include "store/postgres/upload_transactions.hpp"
#include "store/postgres/usage_rows.hpp"

namespace partwise::postgres {

namespace {

// Changes of usage that one sweep sums up, beside what is done at other times.
constexpr std::uint32_t kFoldRowsMax = 1'000;

// LEAST ignores what is NULL.
const Statement kNextDue{
    "sweep_next_due",
    "SELECT least("
    "(SELECT min(expires_at) FROM uploads WHERE status = 'pending'),"
    "(SELECT min(expires_at) FROM files WHERE deleted_at IS NULL AND expires_at IS NOT NULL),"
    "(SELECT min(ended_at) FROM uploads WHERE reaped AND NOT forgotten) + $1,"
    "(SELECT min(ended_at) FROM uploads WHERE forgotten) + $1 + $2,"
    "(SELECT min(deleted_at) FROM files WHERE reaped) + $2,"
    "(SELECT min(created_at) FROM idempotency_records) + $3,"
    "(SELECT min(recorded_at) FROM intents WHERE NOT due) + $4)"};

Result<> expire_uploads(Transaction& tx, Timestamp now, std::uint32_t rows_max,
                        SweepOutcome& outcome) {
  TRY(auto overdue, upload_rows::hold_overdue(tx, now, rows_max));
  for (Upload& upload : overdue) {
    const Upload expired = at_time(std::move(upload), now);
    end_without_file(tx, expired, /*held=*/true);
    outcome.expired_uploads.push_back(expired.id);
  }
  return {};
}

Result<> expire_files(Transaction& tx, Timestamp now, std::uint32_t rows_max,
                      SweepOutcome& outcome) {
  TRY(const auto overdue, file_rows::hold_overdue(tx, now, rows_max));
  for (const auto& row : overdue) {
    bury(tx, row, /*held=*/true);
    outcome.expired_files.push_back(row.file.id);
  }
  return {};
}

// Intents of streams that must be over become a job.
Result<std::uint32_t> abandon_intents(Transaction& tx, Timestamp now, std::uint32_t rows_max) {
  const Timestamp recorded_until = now - tx.limits.intent_life;
  if (rows_max == 0) return 0;
  TRY(const bool has_old, intent_rows::has_old(tx, recorded_until));
  if (!has_old) return 0;
  TRY(const auto job, job_rows::insert_of_intents(tx, Timestamp{}));
  TRY(const auto count, intent_rows::abandon(tx, job, recorded_until, rows_max));
  if (count == 0) {
    job_rows::remove(tx, job);  // Another sweep is at them.
    return 0;
  }
  job_rows::set_part_count(tx, job, count);
  ++tx.changes.reap_jobs_made;
  return count;
}

Result<std::uint32_t> purge(Transaction& tx, Timestamp now, std::uint32_t rows_max,
                            std::chrono::seconds ended_ttl) {
  std::uint32_t left = rows_max;
  TRY(const auto forgotten, upload_rows::forget(tx, now - ended_ttl, left));
  for (const Upload& upload : forgotten) tx.usage.upload_forgotten(upload);
  left -= static_cast<std::uint32_t>(forgotten.size());
  TRY(const auto uploads, upload_rows::remove_forgotten(tx, now - ended_ttl - kTombstoneTtl, left));
  left -= uploads;
  TRY(const auto files, file_rows::forget(tx, now - kTombstoneTtl, left));
  left -= files;
  TRY(const auto records, idempotency_rows::forget(tx, now - kIdempotencyTtl, left));
  left -= records;
  return rows_max - left;
}

}  // namespace

Result<SweepOutcome> sweep(Transaction& tx, std::uint32_t rows_max,
                           std::chrono::seconds ended_ttl) {
  SweepOutcome outcome;
  TRY(const auto newest, job_rows::newest(tx));
  const Timestamp now = newest.second;
  CHECK(expire_uploads(tx, now, rows_max, outcome));
  auto left = rows_max - static_cast<std::uint32_t>(outcome.expired_uploads.size());
  CHECK(expire_files(tx, now, left, outcome));
  left -= static_cast<std::uint32_t>(outcome.expired_files.size());
  TRY(outcome.abandoned_intents, abandon_intents(tx, now, left));
  left -= outcome.abandoned_intents;
  TRY(outcome.purged, purge(tx, now, left, ended_ttl));
  CHECK(usage_rows::fold(tx, kFoldRowsMax));
  TRY(auto rows,
      tx.query(kNextDue, ended_ttl.count(), kTombstoneTtl.count(),
               std::chrono::seconds{kIdempotencyTtl}.count(), tx.limits.intent_life.count()));
  if (rows.next() && !rows.is_null(0)) outcome.next_due = rows.time(0);
  outcome.more = outcome.next_due && *outcome.next_due <= now;
  return outcome;
}

}  // namespace partwise::postgres
