#pragma once

// Serves lists: a thread with a connection of its own, so that a page of 10 000 rows never holds up
// a commit. In WAL mode it sees exactly what has been committed, durably, before it began.

#include <atomic>
#include <memory>
#include <thread>

#include "base/clock.hpp"
#include "store/sqlite/limits.hpp"
#include "store/sqlite/operation.hpp"
#include "store/sqlite/operation_queue.hpp"
#include "store/sqlite/transaction.hpp"

namespace partwise::sqlite {

class Reader {
 public:
  // Once `stopped` is true, everything is refused. `clock` and `stopped` outlive the reader.
  Reader(std::unique_ptr<Database> database, Clock& clock, const SqliteLimits& limits,
         const std::atomic<bool>& stopped);
  // Serves what is queued.
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Runs `work`, a Result<T>(Snapshot&). Thread-safe. What `work` refers to outlives the await.
  // Errors: those of `work`; overloaded; unavailable where the file cannot be read or the store has
  // failed.
  template <class T, class Work>
  [[nodiscard]] Task<Result<T>> run(Work work) {
    auto start = [this, work = std::move(work)](Completion<Result<T>> complete) mutable {
      enqueue(std::make_unique<TypedOperation<Snapshot, T, Work>>(Space::frees, std::move(work),
                                                                  std::move(complete)));
    };
    return await_completion<Result<T>>(std::move(start));
  }

  // Thread-safe.
  [[nodiscard]] std::size_t queue_length() const { return queue_.length(); }

 private:
  void enqueue(std::unique_ptr<Operation<Snapshot>> operation);
  void serve_queue();
  void serve(Operation<Snapshot>& operation);

  // Constant after construction.
  std::unique_ptr<Database> database_;
  Clock& clock_;
  const std::atomic<bool>& stopped_;
  OperationQueue<Operation<Snapshot>> queue_;
  // Touched on the reader's thread only.
  Tables tables_;
  Statement begin_;
  Statement commit_;
  // Last, so that the thread ends before what it uses.
  std::jthread thread_;
};

}  // namespace partwise::sqlite
