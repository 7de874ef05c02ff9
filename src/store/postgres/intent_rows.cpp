#include "store/postgres/intent_rows.hpp"

#include <algorithm>
#include <utility>

namespace partwise::postgres::intent_rows {

namespace {

const Statement kRecord{
    "intent_record",
    "INSERT INTO intents (key, run, recorded_at) VALUES ($1, $2, partwise_moment())"
    " ON CONFLICT (key) DO UPDATE SET run = excluded.run"
    " WHERE intents.run = excluded.run AND NOT intents.due"};
const Statement kRelease{"intent_release",
                         "UPDATE intents SET due = true WHERE key = $1 AND job IS NULL"};
const Statement kClaim{
    "intent_claim",
    "UPDATE intents SET claimed_by = $1, claim_until = $3 WHERE seq IN (SELECT seq FROM intents"
    " WHERE due AND job IS NULL AND (claimed_by IS NULL OR claimed_by = $1 OR claim_until <= $2)"
    " ORDER BY seq LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING seq, key"};
const Statement kForget{"intent_forget",
                        "DELETE FROM intents WHERE key = $1 AND claimed_by IS NOT NULL"};
const Statement kAbandon{
    "intent_abandon",
    "UPDATE intents SET due = true, job = $1 WHERE seq IN (SELECT seq FROM intents"
    " WHERE NOT due AND recorded_at <= $2 ORDER BY recorded_at LIMIT $3 FOR UPDATE SKIP LOCKED)"};
const Statement kHasOld{
    "intent_has_old", "SELECT EXISTS (SELECT 1 FROM intents WHERE NOT due AND recorded_at <= $1)"};
const Statement kFirstKeys{"intent_first_keys",
                           "SELECT key FROM intents WHERE job = $1 ORDER BY seq LIMIT $2"};
const Statement kRemoveFirst{
    "intent_remove_first",
    "DELETE FROM intents WHERE seq IN (SELECT seq FROM intents WHERE job = $1"
    " ORDER BY seq LIMIT $2)"};

BlobKey read_key(const Rows& rows, int column) {
  return {rows.fixed_bytes<16>(column).value_or(BlobKey{}.bytes)};
}

}  // namespace

Result<> record(Transaction& tx, const BlobKey& key, const RunId& run) {
  TRY(const auto written, tx.write(kRecord, key.bytes, run.text));
  if (written != 1) return fail(ErrorCode::internal, "A blob key was used twice.");
  return {};
}

Result<> release(Transaction& tx, const BlobKey& key) {
  CHECK(tx.write(kRelease, key.bytes));
  return {};
}

Result<std::vector<BlobKey>> claim(Transaction& tx, const RunId& run, Timestamp now,
                                   Timestamp until, std::uint32_t count) {
  TRY(auto rows, tx.query(kClaim, run.text, now, until, count));
  std::vector<std::pair<std::int64_t, BlobKey>> by_age;
  while (rows.next()) by_age.emplace_back(rows.integer(0), read_key(rows, 1));
  std::ranges::sort(by_age);
  std::vector<BlobKey> keys;
  for (const auto& [seq, key] : by_age) keys.push_back(key);
  return keys;
}

void forget(Transaction& tx, const BlobKey& key) { tx.later(kForget, key.bytes); }

Result<std::uint32_t> abandon(Transaction& tx, std::uint64_t job, Timestamp recorded_until,
                              std::uint32_t rows_max) {
  TRY(const auto written, tx.write(kAbandon, job, recorded_until, rows_max));
  return static_cast<std::uint32_t>(written);
}

Result<bool> has_old(Transaction& tx, Timestamp recorded_until) {
  TRY(auto rows, tx.query(kHasOld, recorded_until));
  return rows.next() && rows.boolean(0);
}

Result<std::vector<BlobKey>> first_keys(Transaction& tx, std::uint64_t job, std::uint32_t count) {
  TRY(auto rows, tx.query(kFirstKeys, job, count));
  std::vector<BlobKey> keys;
  while (rows.next()) keys.push_back(read_key(rows, 0));
  return keys;
}

void remove_first(Transaction& tx, std::uint64_t job, std::uint64_t count) {
  tx.later(kRemoveFirst, job, count);
}

}  // namespace partwise::postgres::intent_rows
