#pragma once

// A bounded number of connections, each with a thread, behind one bounded queue. A verb waits for
// the database, not the loop.
//
// What happens to a transaction:
// - It lost against another, or its connection was lost before the commit was asked for: nothing of
//   it stayed, and it is tried again, until its time in the queue is over; then it is overloaded.
// - The answer of its commit was lost: it may have stayed. On a new connection it is looked up by
//   what it wrote, and done again only where it is not there. Its second try waits for the first,
//   should that still be under way, by the rows that both touch. Where that cannot be found out
//   either: unavailable.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "store/postgres/operation.hpp"

namespace partwise::postgres {

// What a Pool stands on. All outlive it.
struct PoolParts {
  const LibPq& pq;
  const Location& location;
  Log& log;
  CoreLimits core_limits = {};
  PostgresLimits limits = {};
  std::size_t connections = 1;
};

class Pool {
 public:
  explicit Pool(PoolParts parts);
  // Refuses what is queued, and ends what is under way.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `work`, a Result<T>(Transaction&). Thread-safe. What `work` refers to outlives the await.
  // Errors: those of `work`; overloaded; unavailable.
  template <class T, class Work>
  [[nodiscard]] Task<Result<T>> run(Access access, Work work, LookUp<T> find_done = {}) {
    auto start = [this, access, work = std::move(work),
                  find_done = std::move(find_done)](Completion<Result<T>> complete) mutable {
      enqueue(std::make_unique<TypedOperation<T, Work>>(access, std::move(work),
                                                        std::move(find_done), std::move(complete)));
    };
    return await_completion<Result<T>>(std::move(start));
  }
  template <class Work>
  [[nodiscard]] Task<Result<>> run(Access access, Work work) {
    auto start = [this, access, work = std::move(work)](Completion<Result<>> complete) mutable {
      enqueue(std::make_unique<TypedOperation<void, Work>>(access, std::move(work),
                                                           std::move(complete)));
    };
    return await_completion<Result<>>(std::move(start));
  }
  // The same for work that nobody waits for; dropped where the queue is full. Thread-safe.
  template <class Work>
  void post(Access access, Work work) {
    enqueue(std::make_unique<TypedOperation<void, Work>>(access, std::move(work),
                                                         [](const Result<>&) {}));
  }

  // These are thread-safe.
  [[nodiscard]] std::size_t queue_length() const;
  [[nodiscard]] PostgresFigures figures() const;
  // False from a failed attempt to connect until one that succeeds.
  [[nodiscard]] bool is_reachable() const { return reachable_; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  struct Queued {
    std::unique_ptr<Operation> operation;
    Deadline deadline;
  };
  enum class Step : std::uint8_t { ended, again };
  struct Attempt {
    Operation& operation;
    Deadline deadline;
    int number = 0;
    bool is_unknown = false;  // A commit's answer was lost.
    Error last = {ErrorCode::overloaded, "The database cannot be reached. Try again."};
  };

  void enqueue(std::unique_ptr<Operation> operation);
  void serve_queue();
  void serve(Operation& operation, Deadline deadline, std::unique_ptr<Connection>& connection);
  [[nodiscard]] Step try_once(Attempt& attempt, Connection& connection);
  // Whether a lost commit turned out to be done; an answer is given then.
  [[nodiscard]] Result<bool> look_up(Attempt& attempt, Connection& connection);
  [[nodiscard]] Step after_failure(Attempt& attempt, Failure failure, const Error& error);
  void give_up(Attempt& attempt);
  [[nodiscard]] bool connect(std::unique_ptr<Connection>& connection, Deadline deadline);
  // False once the pool is to end.
  [[nodiscard]] bool rest(std::chrono::milliseconds time);

  // Constant after construction.
  const PoolParts parts_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;      // For work.
  std::condition_variable stopping_;  // For the end.
  // Guarded by mutex_.
  std::deque<Queued> queue_;
  bool is_stopping_ = false;
  PostgresFigures figures_;

  std::atomic<bool> reachable_ = true;
  // Last, so that the threads end before what they use.
  std::vector<std::jthread> threads_;
};

}  // namespace partwise::postgres
