#include "store/postgres/pool.hpp"

#include <algorithm>

namespace partwise::postgres {

namespace {

using std::chrono::steady_clock;

constexpr const char* kUnknown = "The database did not say whether it was done. Try again.";

}  // namespace

Pool::Pool(PoolParts parts) : parts_(std::move(parts)) {
  for (std::size_t i = 0; i < parts_.connections; ++i) {
    threads_.emplace_back([this] { serve_queue(); });
  }
}

Pool::~Pool() {
  std::deque<Queued> refused;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    refused.swap(queue_);
  }
  wake_.notify_all();
  stopping_.notify_all();
  for (Queued& queued : refused) {
    queued.operation->refuse({ErrorCode::overloaded, "The server is stopping."});
  }
}

void Pool::enqueue(std::unique_ptr<Operation> operation) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_stopping_ && queue_.size() < parts_.limits.queue_length_max) {
      queue_.push_back({.operation = std::move(operation),
                        .deadline = steady_clock::now() + parts_.limits.queue_wait_max});
    }
  }
  if (operation) {
    operation->refuse({ErrorCode::overloaded, "Too many requests wait for the database."});
  } else {
    wake_.notify_one();
  }
}

std::size_t Pool::queue_length() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

PostgresFigures Pool::figures() const {
  const std::lock_guard lock(mutex_);
  PostgresFigures figures = figures_;
  figures.queue_length = queue_.size();
  return figures;
}

void Pool::serve_queue() {
  std::unique_ptr<Connection> connection;
  while (true) {
    Queued next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      if (is_stopping_) return;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    serve(*next.operation, next.deadline, connection);
  }
}

void Pool::serve(Operation& operation, Deadline deadline, std::unique_ptr<Connection>& connection) {
  Attempt attempt{.operation = operation, .deadline = deadline};
  while (true) {
    // One that waited for too long is not begun: its client has gone.
    const bool is_late = attempt.number == 0 && steady_clock::now() >= deadline;
    const bool is_over = is_late || attempt.number >= parts_.limits.attempts_max;
    if (is_over || !connect(connection, deadline)) return give_up(attempt);
    const Step step = try_once(attempt, *connection);
    if (!connection->is_usable()) connection.reset();
    if (step == Step::ended) return;
    ++attempt.number;
    const std::lock_guard lock(mutex_);
    ++figures_.repeated;
  }
}

Pool::Step Pool::try_once(Attempt& attempt, Connection& connection) {
  Operation& operation = attempt.operation;
  if (attempt.is_unknown) {
    const auto is_done = look_up(attempt, connection);
    if (!is_done) return after_failure(attempt, connection.failure(), is_done.error());
    if (*is_done) return Step::ended;
  }
  Transaction tx(connection, operation.access(), parts_.core_limits);
  const auto ran = operation.run(tx);
  const Failure failure = connection.failure();
  if (failure != Failure::none) {
    tx.roll_back();
    return after_failure(attempt, failure, ran ? error_of(failure, "") : ran.error());
  }
  if (!ran && !tx.is_kept()) {
    tx.roll_back();
    if (attempt.is_unknown) {
      // The first try may have been under way until this one met it.
      const auto is_done = look_up(attempt, connection);
      if (!is_done) return after_failure(attempt, connection.failure(), is_done.error());
      if (*is_done) return Step::ended;
    }
    operation.answer();
    return Step::ended;
  }
  const Commit commit = tx.commit();
  if (commit == Commit::undone) {
    const Failure reason = connection.failure();
    tx.roll_back();
    return after_failure(attempt, reason, error_of(reason, "at the commit"));
  }
  {
    const std::lock_guard lock(mutex_);
    if (commit == Commit::unknown) ++figures_.unknown_commits;
    if (commit == Commit::done) ++figures_.commits;
    if (commit == Commit::done) figures_.changes += tx.changes;
  }
  if (commit == Commit::unknown) {
    attempt.is_unknown = true;
    return Step::again;
  }
  operation.answer();
  return Step::ended;
}

Result<bool> Pool::look_up(Attempt& attempt, Connection& connection) {
  Transaction tx(connection, Access::writes, parts_.core_limits);
  const auto is_done = attempt.operation.look_up(tx);
  tx.roll_back();
  if (is_done && *is_done) attempt.operation.answer();
  return is_done;
}

Pool::Step Pool::after_failure(Attempt& attempt, Failure failure, const Error& error) {
  attempt.last = error;
  // A row that is there already may be the one that the first try wrote.
  const bool may_be_own = attempt.is_unknown && failure == Failure::unique;
  if ((may_try_again(failure) || may_be_own) && steady_clock::now() < attempt.deadline) {
    // Two that lost against each other should not meet again at once.
    if (rest(std::chrono::milliseconds(attempt.number))) return Step::again;
  }
  give_up(attempt);
  return Step::ended;
}

void Pool::give_up(Attempt& attempt) {
  if (attempt.is_unknown) attempt.last = {ErrorCode::unavailable, kUnknown};
  attempt.operation.refuse(std::move(attempt.last));
}

bool Pool::connect(std::unique_ptr<Connection>& connection, Deadline deadline) {
  while (!connection) {
    if (steady_clock::now() >= deadline) return false;
    auto opened = Connection::open(parts_.pq, parts_.location, parts_.limits);
    const bool was_reachable = reachable_.exchange(opened.has_value());
    if (opened) {
      connection = std::move(*opened);
      if (!was_reachable) parts_.log.info("the database can be reached again");
      const std::lock_guard lock(mutex_);
      ++figures_.connects;
      return true;
    }
    if (was_reachable) parts_.log.warning(opened.error().message);
    if (!rest(parts_.limits.connect_pause)) return false;
  }
  return true;
}

bool Pool::rest(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopping_.wait_for(lock, time, [this] { return is_stopping_; });
}

}  // namespace partwise::postgres
