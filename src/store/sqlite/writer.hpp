#pragma once

// The one writer: a thread that owns the writing connection and commits in groups. A refused
// operation undoes only itself, and never its neighbours; every answer, refusals too, is
// given after the commit that it was read under.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/limits.hpp"
#include "store/sqlite/operation.hpp"
#include "store/sqlite/operation_queue.hpp"
#include "store/sqlite/reserve.hpp"
#include "store/sqlite/transaction.hpp"

namespace partwise::sqlite {

// What the writer stands on. All that is referred to outlives it.
struct WriterParts {
  std::unique_ptr<Database> database;
  std::unique_ptr<Database> checkpointing;  // Of the checkpointer alone.
  Reserve reserve;
  Clock& clock;
  Log& log;
  CoreLimits core_limits;
  SqliteLimits limits;
  // Called once, on the writer's or the checkpointer's thread, when the store stops to serve
  // because its volume failed.
  std::function<void(const Error&)> on_fatal;
  std::uint64_t reap_jobs_at_start = 0;
};

class Writer {
 public:
  explicit Writer(WriterParts parts);
  // Serves what is queued, then moves the log into the database file, unless the store has failed.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Runs `work`, a Result<T>(Transaction&), in a durable transaction. Thread-safe. `work` may run
  // more than once, and what it refers to outlives the await. Errors: those of `work`; overloaded
  // (nothing was tried); out_of_space (nothing was changed); unavailable (the outcome is unknown,
  // or the store has failed).
  template <class T, class Work>
  [[nodiscard]] Task<Result<T>> run(Space space, Work work) {
    auto start = [this, space, work = std::move(work)](Completion<Result<T>> complete) mutable {
      enqueue(std::make_unique<TypedOperation<Transaction, T, Work>>(space, std::move(work),
                                                                     std::move(complete)));
    };
    return await_completion<Result<T>>(std::move(start));
  }

  // Every operation from now on is refused as unavailable. Thread-safe.
  void stop_serving(const Error& reason);
  // Becomes true when the store stops to serve.
  [[nodiscard]] const std::atomic<bool>& stopped() const { return stopped_; }
  // As of the last commit; without the reader's queue. Thread-safe.
  [[nodiscard]] SqliteFigures figures() const;

 private:
  using Batch = std::vector<std::unique_ptr<Operation<Transaction>>>;

  void announce_stop(const Error& reason);
  void enqueue(std::unique_ptr<Operation<Transaction>> operation);
  void serve_queue();
  void serve(Batch batch);
  void count_commit(std::size_t operations);
  static void answer_all(Batch& batch);
  // Runs the batch in one transaction, without savepoints first: refusals are rare, and nearly all
  // of them come before the first write. Where one does not, all of it is rolled back and run again
  // with a savepoint for each operation. An error means that all of it was rolled back, or for a
  // failed COMMIT that this is unknown (any code but out_of_space and overloaded).
  [[nodiscard]] Result<> attempt(Batch& batch);
  // False where nothing was committed, because one operation could not be undone by itself.
  [[nodiscard]] Result<bool> attempt_with(Isolation isolation, Batch& batch);
  [[nodiscard]] Result<bool> run_all(Isolation isolation, Batch& batch);
  [[nodiscard]] Result<bool> run_one(Operation<Transaction>& operation, Transaction& transaction);
  void end_with(Batch& batch, const Error& error);
  // Ends those that take space, and keeps the others.
  void refuse_takers(Batch& batch);
  // On a full volume: gives the reserve back, and lets the log begin anew.
  void make_room();
  void regain_reserve();
  // Finishes the checkpoint, so that the next commit overwrites the log from its start.
  [[nodiscard]] Result<> restart_log();
  void checkpoint_if_due();

  // Constant after construction.
  WriterParts parts_;
  OperationQueue<Operation<Transaction>> queue_;
  std::atomic<bool> stopped_ = false;
  mutable std::mutex figures_mutex_;
  // Guarded by figures_mutex_.
  SqliteFigures figures_;
  // Touched on the writer's thread only.
  Tables tables_;
  Statement begin_;
  Statement commit_;
  Statement rollback_;
  Statement savepoint_;
  Statement release_;
  Statement undo_;
  MetadataChanges batch_changes_;      // Of the batch that is run.
  std::uint64_t log_bytes_ = 0;        // Length of the log's used part.
  std::uint64_t log_bytes_woken_ = 0;  // The same, when the checkpointer was woken last.
  std::uint64_t log_bytes_due_;        // The same, when the log is to begin anew.
  MonotonicTime reserve_tried_at_{};
  // Last, so that the threads end before what they use.
  Checkpointer checkpointer_;
  std::jthread thread_;
};

}  // namespace partwise::sqlite
