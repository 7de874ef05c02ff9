#include "store/sqlite/writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace partwise::sqlite {

namespace {

Error unavailable() {
  return {ErrorCode::unavailable,
          "The metadata store has failed and must be restarted. Try again later."};
}

Error out_of_space() {
  return {ErrorCode::out_of_space, "The volume of the metadata has no room. Free some space."};
}

// SQLite calls it after each commit with the length of the log.
int note_log_length(void* log_bytes_out, sqlite3*, const char*, int frames) {
  *static_cast<std::uint64_t*>(log_bytes_out) = log_bytes(static_cast<std::uint64_t>(frames));
  return SQLITE_OK;
}

}  // namespace

Writer::Writer(WriterParts parts)
    : parts_(std::move(parts)),
      queue_(parts_.limits.queue_length_max),
      tables_(*parts_.database),
      begin_(*parts_.database, "BEGIN IMMEDIATE"),
      commit_(*parts_.database, "COMMIT"),
      rollback_(*parts_.database, "ROLLBACK"),
      savepoint_(*parts_.database, "SAVEPOINT operation"),
      release_(*parts_.database, "RELEASE operation"),
      undo_(*parts_.database, "ROLLBACK TO operation"),
      log_bytes_due_(parts_.limits.wal_bytes_max),
      checkpointer_(std::move(parts_.checkpointing),
                    [this](const Error& error) { stop_serving(error); }) {
  figures_.reap_jobs_waiting = parts_.reap_jobs_at_start;
  (void)sqlite3_wal_hook(parts_.database->handle(), note_log_length, &log_bytes_);
  thread_ = std::jthread([this] { serve_queue(); });
}

Writer::~Writer() {
  queue_.close();
  thread_.join();
  checkpointer_.stop();
  if (stopped_) {
    // The log may hold a commit of unknown outcome: the next start decides it, after a full
    // recovery.
    parts_.database->keep_log_on_close();
    return;
  }
  const auto moved =
      parts_.database->checkpoint(SQLITE_CHECKPOINT_PASSIVE, std::chrono::milliseconds{0});
  if (!moved) parts_.log.warning(fmt::format("last checkpoint: {}", moved.error().message));
}

void Writer::stop_serving(const Error& reason) {
  if (!stopped_.exchange(true)) announce_stop(reason);
}

void Writer::announce_stop(const Error& reason) {
  parts_.log.error(fmt::format("the metadata store stops serving: {}", reason.message));
  parts_.on_fatal(reason);
}

void Writer::enqueue(std::unique_ptr<Operation<Transaction>> operation) {
  auto rejected = queue_.push(std::move(operation));
  if (!rejected) return;
  rejected->refuse(
      {ErrorCode::overloaded, "Too many requests wait for the metadata store. Try again."});
}

void Writer::serve_queue() {
  while (true) {
    Batch batch = queue_.take(parts_.limits.batch_length_max);
    if (batch.empty()) return;
    serve(std::move(batch));
  }
}

void Writer::serve(Batch batch) {
  if (stopped_) return end_with(batch, unavailable());
  regain_reserve();
  if (!parts_.reserve.held()) refuse_takers(batch);
  auto outcome = attempt(batch);
  if (!outcome && outcome.error().code == ErrorCode::out_of_space) {
    refuse_takers(batch);
    make_room();
    outcome = attempt(batch);
  }
  if (outcome) {
    answer_all(batch);
    return checkpoint_if_due();
  }
  const ErrorCode code = outcome.error().code;
  if (code == ErrorCode::out_of_space || code == ErrorCode::overloaded) {
    return end_with(batch, outcome.error());
  }
  const bool first = !stopped_.exchange(true);  // Nobody who learns of it finds the store serving.
  end_with(batch, unavailable());
  if (first) announce_stop(outcome.error());
}

void Writer::answer_all(Batch& batch) {
  const CompletionBatch together;
  for (const auto& operation : batch) operation->answer();
}

Result<> Writer::attempt(Batch& batch) {
  if (batch.empty()) return {};
  TRY(const bool committed, attempt_with(Isolation::none, batch));
  if (!committed) CHECK(attempt_with(Isolation::savepoint, batch));
  return {};
}

Result<bool> Writer::attempt_with(Isolation isolation, Batch& batch) {
  CHECK(begin_.run());
  auto outcome = run_all(isolation, batch);
  if (outcome && *outcome) {
    if (auto committed = commit_.run(); !committed) outcome = fail(std::move(committed).error());
  }
  if (outcome && *outcome) {
    count_commit(batch.size());
  } else if (parts_.database->in_transaction()) {
    // Where even this fails, nothing was committed, and the next BEGIN says so.
    (void)rollback_.run();
  }
  return outcome;
}

Result<bool> Writer::run_all(Isolation isolation, Batch& batch) {
  Transaction transaction(tables_, parts_.clock.now(), parts_.core_limits, *parts_.database);
  transaction.isolation = isolation;
  for (const auto& operation : batch) {
    TRY(const bool can_go_on, run_one(*operation, transaction));
    if (!can_go_on) return false;
  }
  batch_changes_ = transaction.changes;
  CHECK(transaction.ledger.write(tables_.usage));
  return true;
}

void Writer::count_commit(std::size_t operations) {
  const std::lock_guard lock(figures_mutex_);
  figures_.changes += batch_changes_;
  figures_.batches.add(operations);
  figures_.reap_jobs_waiting += batch_changes_.reap_jobs_made;
  figures_.reap_jobs_waiting -= batch_changes_.reap_jobs_done;
  figures_.log_bytes = log_bytes_;
}

SqliteFigures Writer::figures() const {
  SqliteFigures figures;
  {
    const std::lock_guard lock(figures_mutex_);
    figures = figures_;
  }
  figures.writer_queue_length = queue_.length();
  return figures;
}

Result<bool> Writer::run_one(Operation<Transaction>& operation, Transaction& transaction) {
  const bool has_savepoint = transaction.isolation == Isolation::savepoint;
  if (has_savepoint) CHECK(savepoint_.run());
  transaction.mark_kept();
  const Error* refusal = operation.run(transaction);
  if (refusal != nullptr) {
    const bool volume_failed =
        refusal->code == ErrorCode::out_of_space || refusal->code == ErrorCode::io_failure;
    // After some errors SQLite has rolled everything back by itself.
    if (volume_failed || !parts_.database->in_transaction()) return fail(*refusal);
    if (!has_savepoint && transaction.has_unkept_rows()) return false;
    if (has_savepoint) CHECK(undo_.run());
    transaction.changes = transaction.kept_changes;
    transaction.ledger.undo_operation();
  }
  if (has_savepoint) CHECK(release_.run());
  transaction.ledger.keep_operation();
  return true;
}

void Writer::end_with(Batch& batch, const Error& error) {
  for (const auto& operation : batch) operation->refuse(error);
}

void Writer::refuse_takers(Batch& batch) {
  std::erase_if(batch, [](const auto& operation) {
    if (operation->space() != Space::takes) return false;
    operation->refuse(out_of_space());
    return true;
  });
}

void Writer::make_room() {
  if (parts_.reserve.held()) {
    parts_.log.warning("the volume of the metadata is full: only what frees space is served");
    parts_.reserve.release();
    reserve_tried_at_ = parts_.clock.monotonic_now();
  }
  // A log that begins anew overwrites itself. Where this fails, so will the next attempt.
  (void)restart_log();
}

Result<> Writer::restart_log() {
  // Two checkpoints at once exclude each other: without this a slow pass would let the log grow on
  // and on.
  const auto lock = checkpointer_.hold_off();
  TRY(const bool finished,
      parts_.database->checkpoint(SQLITE_CHECKPOINT_RESTART, parts_.limits.restart_timeout));
  if (finished) log_bytes_ = log_bytes_woken_ = 0;
  // Not finished: somebody who reads for long, as a backup does, would else hold up every batch.
  log_bytes_due_ = log_bytes_ + parts_.limits.wal_bytes_max;
  return {};
}

void Writer::regain_reserve() {
  if (parts_.reserve.held()) return;
  const MonotonicTime now = parts_.clock.monotonic_now();
  if (now - reserve_tried_at_ < parts_.limits.reserve_retry) return;
  reserve_tried_at_ = now;
  if (parts_.reserve.acquire()) parts_.log.info("the volume of the metadata has room again");
}

void Writer::checkpoint_if_due() {
  if (log_bytes_ < log_bytes_woken_) {  // The log has begun anew.
    log_bytes_woken_ = 0;
    log_bytes_due_ = parts_.limits.wal_bytes_max;
  }
  if (log_bytes_ >= log_bytes_due_) {
    const auto restarted = restart_log();
    if (!restarted && restarted.error().code == ErrorCode::io_failure)
      stop_serving(restarted.error());
    return;
  }
  if (log_bytes_ >= log_bytes_woken_ + parts_.limits.checkpoint_step_bytes) {
    log_bytes_woken_ = log_bytes_;
    checkpointer_.wake();
  }
}

}  // namespace partwise::sqlite
