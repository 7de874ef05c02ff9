#pragma once

// One session with the database, in pipeline mode: statements are sent together and answered in
// their order. Never waits without a deadline.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "store/postgres/failure.hpp"
#include "store/postgres/limits.hpp"
#include "store/postgres/location.hpp"
#include "store/postgres/statement.hpp"

namespace partwise::postgres {

// Used by one thread at a time. After an error of `exchange` `failure` says what it means.
class Connection {
 public:
  // Connects to a server that takes writes, and makes its settings those that this adapter stands
  // on: commits are synced, whatever the server's default is. Blocks. `pq` outlives the result.
  // Errors: overloaded (the message says why, for an operator).
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const LibPq& pq,
                                                                const Location& location,
                                                                const PostgresLimits& limits);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Queues a statement. Nothing is sent before `exchange`.
  void send(const Statement& statement, const Params& params = Params());
  // One that is not worth preparing, as BEGIN.
  void send(const char* sql);
  // What is queued is not sent.
  void drop_queued();
  // Sends what is queued and waits for all of it: the rows of each, in their order. The first that
  // fails ends the exchange; those behind it were not run.
  [[nodiscard]] Result<std::vector<Rows>> exchange();

  // What the last exchange met.
  [[nodiscard]] Failure failure() const { return failure_; }
  [[nodiscard]] bool is_usable() const { return !is_end_of_connection(failure_); }

  // Waits up to `at_most` for news of channels that this session listens to.
  using Hear = std::function<void(std::string_view payload)>;
  [[nodiscard]] Result<> hear(std::chrono::milliseconds at_most, const Hear& hear);

 private:
  struct Finish {
    const LibPq* pq;
    void operator()(PGconn* connection) const { pq->finish(connection); }
  };
  using Handle = std::unique_ptr<PGconn, Finish>;
  using Deadline = std::chrono::steady_clock::time_point;

  Connection(const LibPq& pq, Handle handle, const PostgresLimits& limits);

  [[nodiscard]] static Result<Handle> connect(const LibPq& pq, const Location& location,
                                              const PostgresLimits& limits);
  [[nodiscard]] Result<> configure();
  [[nodiscard]] bool send_queued();
  [[nodiscard]] bool flush(Deadline deadline);
  // The next result, or null between two statements. False where the connection is lost.
  [[nodiscard]] bool await_result(Deadline deadline, PGresult*& result);
  [[nodiscard]] Result<std::vector<Rows>> receive(Deadline deadline);
  [[nodiscard]] std::unexpected<Error> lose();
  void note(const PGresult* result);

  // Constant after construction.
  const LibPq& pq_;
  const Handle handle_;
  const PostgresLimits limits_;

  struct Queued {
    std::string name;  // Empty: not prepared.
    std::string sql;
    Params params;
    bool prepare = false;  // A statement that only prepares, and has no rows.
  };
  std::vector<Queued> queued_;
  std::size_t failed_at_ = 0;  // Of those that were queued.
  std::unordered_set<std::string> prepared_;
  Failure failure_ = Failure::none;
  std::string detail_;  // The database's words for it.
};

}  // namespace partwise::postgres
