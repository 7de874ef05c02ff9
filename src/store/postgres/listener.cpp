#include "store/postgres/listener.hpp"

#include <condition_variable>
#include <mutex>

#include "store/postgres/migrations.hpp"

namespace partwise::postgres {

namespace {

constexpr const char* kListen = "LISTEN partwise_endings";
const Statement kAnnounce{"announce", "SELECT pg_notify('partwise_endings', $1)"};
// News wakes the thread at once; this bounds only how late it sees that it is to end.
constexpr std::chrono::milliseconds kTurn{100};

void rest(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Listener::Listener(ListenerParts parts)
    : parts_(std::move(parts)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

const Statement& Listener::announcement() { return kAnnounce; }

void Listener::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto heard = listen(stop);
    if (heard) return;
    parts_.on_turn(false);
    if (was_reachable_) parts_.log.warning("news of other nodes: " + heard.error().message);
    was_reachable_ = false;
    rest(stop, parts_.limits.connect_pause);
  }
}

Result<> Listener::listen(const std::stop_token& stop) {
  TRY(const auto connection, Connection::open(parts_.pq, parts_.location, parts_.limits));
  connection->send(kListen);
  CHECK(connection->exchange());
  TRY(const bool is_node, be_a_node(*connection));
  if (!is_node) return fail(ErrorCode::overloaded, "`partwise fsck` is checking the database.");
  was_reachable_ = true;
  while (!stop.stop_requested()) {
    CHECK(connection->hear(kTurn, parts_.on_news));
    parts_.on_turn(true);
  }
  return {};
}

}  // namespace partwise::postgres
