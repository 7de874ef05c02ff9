#include "store/sqlite/intent_rows.hpp"

namespace partwise::sqlite {

IntentRows::IntentRows(Database& database)
    : database_(database),
      record_(database,
              "INSERT INTO intents (key, run) VALUES (?1, ?2)"
              " ON CONFLICT (key) DO UPDATE SET run = run WHERE run = ?2 AND due = 0"),
      release_(database, "UPDATE intents SET due = 1 WHERE key = ?1"),
      adopt_(database, "DELETE FROM intents WHERE key = ?1 AND claimed = 0"),
      // Two ranges, because an index cannot serve "other than".
      release_earlier_runs_(database, "UPDATE intents SET due = 1 WHERE due = 0 AND run < ?1"),
      release_later_runs_(database, "UPDATE intents SET due = 1 WHERE due = 0 AND run > ?1"),
      due_(database, "SELECT key, claimed FROM intents WHERE due = 1 ORDER BY seq LIMIT ?1"),
      claim_(database, "UPDATE intents SET claimed = 1 WHERE key = ?1"),
      forget_(database, "DELETE FROM intents WHERE key = ?1 AND claimed = 1") {}

Result<> IntentRows::record(const BlobKey& key, const RunId& run) {
  CHECK(record_.run(key.bytes, run.text));
  if (database_.changes() != 1) return fail(ErrorCode::internal, "A blob key was used twice.");
  return {};
}

Result<> IntentRows::release(const BlobKey& key) { return release_.run(key.bytes); }

Result<bool> IntentRows::adopt(const BlobKey& key) {
  CHECK(adopt_.run(key.bytes));
  return database_.changes() == 1;
}

Result<> IntentRows::release_other_runs(const RunId& run) {
  CHECK(release_earlier_runs_.run(run.text));
  return release_later_runs_.run(run.text);
}

// Nobody looks whether a part or a file names the key as well. Adopting deletes the intent in the
// transaction that inserts the row, so only a damaged row could; and to look would cost a walk over
// all rows, because no index has the keys of parts, and manifests are packed. `fsck` walks, and
// finds a shared blob.
Result<std::vector<BlobKey>> IntentRows::claim(std::uint32_t count) {
  std::vector<BlobKey> keys;
  std::vector<BlobKey> unclaimed;
  {
    auto rows = due_.select(count);
    while (true) {
      TRY(const bool found, rows.next());
      if (!found) break;
      const BlobKey key{rows.fixed_bytes<16>(0).value_or(BlobKey{}.bytes)};
      keys.push_back(key);
      if (rows.integer(1) == 0) unclaimed.push_back(key);
    }
  }
  for (const BlobKey& key : unclaimed) CHECK(claim_.run(key.bytes));
  return keys;
}

Result<> IntentRows::forget(const BlobKey& key) { return forget_.run(key.bytes); }

}  // namespace partwise::sqlite
