#include "store/postgres/transaction.hpp"

namespace partwise::postgres {

namespace {

const Statement kNoteChange{
    "usage_note",
    "INSERT INTO usage_changes (project, kind, name, count, bytes, stored_bytes, charged_bytes)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"};

}  // namespace

void Transaction::begin() {
  if (begun_) return;
  begun_ = true;
  if (access_ == Access::one_read) return;
  begin_is_queued_ = true;
  connection_.send(access_ == Access::writes ? "BEGIN"
                                             : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

Result<std::vector<Rows>> Transaction::exchange() {
  TRY(auto all, connection_.exchange());
  if (begin_is_queued_) all.erase(all.begin());
  begin_is_queued_ = false;
  return all;
}

Commit Transaction::commit() {
  if (!begun_ || access_ == Access::one_read) return Commit::done;
  for (const auto& [key, change] : usage.all()) {
    if (change.is_nothing()) continue;
    const auto [kind, name] = words_of(key);
    later(kNoteChange, key.project.text, kind, name, change.count, change.bytes,
          change.stored_bytes, change.charged_bytes);
  }
  connection_.send("COMMIT");
  if (connection_.exchange()) return Commit::done;
  const bool is_lost = connection_.failure() == Failure::lost && access_ == Access::writes;
  return is_lost ? Commit::unknown : Commit::undone;
}

void Transaction::roll_back() {
  if (!begun_ || access_ == Access::one_read || !connection_.is_usable()) return;
  connection_.drop_queued();  // One of them that fails would keep the connection from it.
  connection_.send("ROLLBACK");
  (void)connection_.exchange();  // Where it fails the connection is dropped, and that undoes too.
}

}  // namespace partwise::postgres
