#include "store/postgres/connection.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace partwise::postgres {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// False once the deadline has passed.
bool wait_for(int socket, short events, steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds{0}) return false;
    pollfd polled{.fd = socket, .events = events, .revents = 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

// What libpq says, in one line and without its prefix.
std::string one_line(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 2)) {
    text.replace(at, 1, "; ");
  }
  return text;
}

const Statement kConfigure{
    "configure",
    "SELECT set_config('synchronous_commit', 'on', false),"
    " set_config('default_transaction_isolation', 'read committed', false),"
    " set_config('client_encoding', 'UTF8', false),"
    " set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
    " set_config('idle_in_transaction_session_timeout', $3, false)"};

}  // namespace

Connection::Connection(const LibPq& pq, Handle handle, const PostgresLimits& limits)
    : pq_(pq), handle_(std::move(handle)), limits_(limits) {}

Connection::~Connection() = default;

Result<Connection::Handle> Connection::connect(const LibPq& pq, const Location& location,
                                               const PostgresLimits& limits) {
  // What stands before the URL is a default of ours, which it may change. Keepalives and the user
  // timeout notice a server that is gone without a word.
  const std::array keywords{"target_session_attrs",
                            "keepalives_idle",
                            "keepalives_interval",
                            "keepalives_count",
                            "tcp_user_timeout",
                            "application_name",
                            "dbname",
                            static_cast<const char*>(nullptr)};
  const std::array values{"read-write",
                          "5",
                          "2",
                          "3",
                          "10000",
                          "partwise",
                          location.url.c_str(),
                          static_cast<const char*>(nullptr)};
  Handle handle(pq.connectStartParams(keywords.data(), values.data(), 1), Finish{&pq});
  const auto refuse = [&](std::string_view reason) {
    return fail(ErrorCode::overloaded,
                fmt::format("Cannot connect to {}: {}", location.shown, reason));
  };
  if (!handle) return refuse("out of memory.");
  pq.setNoticeReceiver(handle.get(), [](void*, const PGresult*) {}, nullptr);
  const auto deadline = steady_clock::now() + limits.connect_timeout;
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED || pq.status(handle.get()) == CONNECTION_BAD) {
      return refuse(one_line(pq.errorMessage(handle.get())));
    }
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait_for(pq.socket(handle.get()), events, deadline)) return refuse("it does not answer.");
    state = pq.connectPoll(handle.get());
  }
  return handle;
}

Result<std::unique_ptr<Connection>> Connection::open(const LibPq& pq, const Location& location,
                                                     const PostgresLimits& limits) {
  TRY(auto handle, connect(pq, location, limits));
  const bool is_set =
      pq.setnonblocking(handle.get(), 1) == 0 && pq.enterPipelineMode(handle.get()) == 1;
  if (!is_set) return fail(ErrorCode::internal, "libpq has no pipeline mode.");
  std::unique_ptr<Connection> connection(new Connection(pq, std::move(handle), limits));
  CHECK(connection->configure());
  return connection;
}

Result<> Connection::configure() {
  const auto text = [](milliseconds time) { return fmt::format("{}", time.count()); };
  send(kConfigure, Params(text(limits_.statement_timeout), text(limits_.lock_timeout),
                          text(limits_.idle_in_transaction_timeout)));
  CHECK(exchange());
  return {};
}

void Connection::send(const Statement& statement, const Params& params) {
  if (prepared_.insert(statement.name).second) {
    queued_.push_back(
        {.name = statement.name, .sql = statement.sql, .params = params, .prepare = true});
  }
  queued_.push_back({.name = statement.name, .sql = {}, .params = params});
}

void Connection::send(const char* sql) {
  queued_.push_back({.name = {}, .sql = sql, .params = Params()});
}

void Connection::drop_queued() {
  for (const Queued& one : queued_) {
    if (one.prepare) prepared_.erase(one.name);
  }
  queued_.clear();
}

Result<std::vector<Rows>> Connection::exchange() {
  const auto deadline = steady_clock::now() + limits_.answer_timeout;
  failed_at_ = 0;
  failure_ = is_usable() ? Failure::none : failure_;
  if (!is_usable() || !send_queued() || !flush(deadline)) {
    queued_.clear();
    return lose();
  }
  auto rows = receive(deadline);
  if (!rows) {
    // The one that failed was not prepared, and none behind it.
    for (std::size_t i = failed_at_; i < queued_.size(); ++i) {
      if (queued_[i].prepare) prepared_.erase(queued_[i].name);
    }
  }
  queued_.clear();
  return rows;
}

bool Connection::send_queued() {
  for (const Queued& one : queued_) {
    const auto values = one.params.values();
    const auto lengths = one.params.lengths();
    const auto formats = one.params.formats();
    int sent = 0;
    if (one.prepare) {
      sent = pq_.sendPrepare(handle_.get(), one.name.c_str(), one.sql.c_str(), one.params.count(),
                             one.params.types());
    } else if (one.name.empty()) {
      sent = pq_.sendQueryParams(handle_.get(), one.sql.c_str(), 0, nullptr, nullptr, nullptr,
                                 nullptr, 1);
    } else {
      sent = pq_.sendQueryPrepared(handle_.get(), one.name.c_str(), one.params.count(),
                                   values.data(), lengths.data(), formats.data(), 1);
    }
    if (sent != 1) return false;
  }
  return pq_.pipelineSync(handle_.get()) == 1;
}

bool Connection::flush(Deadline deadline) {
  while (true) {
    const int left = pq_.flush(handle_.get());
    if (left <= 0) return left == 0;
    if (!wait_for(pq_.socket(handle_.get()), POLLIN | POLLOUT, deadline)) return false;
    if (pq_.consumeInput(handle_.get()) != 1) return false;
  }
}

bool Connection::await_result(Deadline deadline, PGresult*& result) {
  while (pq_.isBusy(handle_.get()) == 1) {
    if (!wait_for(pq_.socket(handle_.get()), POLLIN, deadline)) return false;
    if (pq_.consumeInput(handle_.get()) != 1) return false;
  }
  result = pq_.getResult(handle_.get());
  return result != nullptr || pq_.status(handle_.get()) == CONNECTION_OK;
}

Result<std::vector<Rows>> Connection::receive(Deadline deadline) {
  std::vector<Rows> all;
  bool has_failed = false;
  std::size_t index = 0;
  while (true) {
    PGresult* result = nullptr;
    if (!await_result(deadline, result)) return lose();
    if (result == nullptr) {
      ++index;  // The end of one statement.
      continue;
    }
    Rows rows(pq_, result);
    const ExecStatusType status = pq_.resultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_FATAL_ERROR && !has_failed) {
      has_failed = true;
      failed_at_ = index;
      note(result);
    }
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      if (pq_.status(handle_.get()) != CONNECTION_OK) return lose();
      continue;
    }
    const bool is_asked_for = index < queued_.size() && !queued_[index].prepare;
    if (is_asked_for) all.push_back(std::move(rows));
  }
  if (has_failed) return fail(error_of(failure_, detail_));
  return all;
}

void Connection::note(const PGresult* result) {
  const char* sqlstate = pq_.resultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = pq_.resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  failure_ = failure_of(sqlstate == nullptr ? "" : sqlstate);
  detail_ = one_line(message);
}

std::unexpected<Error> Connection::lose() {
  if (!is_end_of_connection(failure_)) failure_ = Failure::lost;
  return fail(error_of(failure_, detail_));
}

Result<> Connection::hear(std::chrono::milliseconds at_most, const Hear& hear) {
  if (!is_usable()) return lose();
  // Whether or not there is something: a lost connection shows here too.
  (void)wait_for(pq_.socket(handle_.get()), POLLIN, steady_clock::now() + at_most);
  if (pq_.consumeInput(handle_.get()) != 1) return lose();
  while (PGnotify* news = pq_.notifies(handle_.get())) {
    hear(news->extra);
    pq_.freemem(news);
  }
  if (pq_.status(handle_.get()) != CONNECTION_OK) return lose();
  return {};
}

}  // namespace partwise::postgres
