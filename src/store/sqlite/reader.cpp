#include "store/sqlite/reader.hpp"

namespace partwise::sqlite {

Reader::Reader(std::unique_ptr<Database> database, Clock& clock, const SqliteLimits& limits,
               const std::atomic<bool>& stopped)
    : database_(std::move(database)),
      clock_(clock),
      stopped_(stopped),
      queue_(limits.queue_length_max),
      tables_(*database_),
      begin_(*database_, "BEGIN"),
      commit_(*database_, "COMMIT") {
  thread_ = std::jthread([this] { serve_queue(); });
}

Reader::~Reader() { queue_.close(); }

void Reader::enqueue(std::unique_ptr<Operation<Snapshot>> operation) {
  auto rejected = queue_.push(std::move(operation));
  if (!rejected) return;
  rejected->refuse(
      {ErrorCode::overloaded, "Too many lists wait for the metadata store. Try again."});
}

void Reader::serve_queue() {
  while (true) {
    auto batch = queue_.take(1);
    if (batch.empty()) return;
    serve(*batch.front());
  }
}

void Reader::serve(Operation<Snapshot>& operation) {
  if (stopped_) {
    return operation.refuse(
        {ErrorCode::unavailable, "The metadata store has failed. Try again later."});
  }
  if (auto begun = begin_.run(); !begun) return operation.refuse(std::move(begun).error());
  Snapshot snapshot{tables_, clock_.now()};
  const Error* refusal = operation.run(snapshot);
  (void)commit_.run();  // Nothing was written: there is nothing to lose.
  if (refusal != nullptr && refusal->code == ErrorCode::io_failure) {
    return operation.refuse({ErrorCode::unavailable, refusal->message});
  }
  operation.answer();
}

}  // namespace partwise::sqlite
