#pragma once

// A thread with a connection of its own, on which the database tells what other nodes announced.
// While it lives the database knows that a node runs. It comes back by itself when the connection
// is lost; what was announced meanwhile is not told.

#include <functional>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "store/postgres/connection.hpp"

namespace partwise::postgres {

// What a Listener stands on. All outlive it; the functions are called on its thread.
struct ListenerParts {
  const LibPq& pq;
  const Location& location;
  Log& log;
  PostgresLimits limits = {};
  std::function<void(std::string_view payload)> on_news;
  // Several times a second: whether the database can be reached.
  std::function<void(bool is_reachable)> on_turn;
};

class Listener {
 public:
  explicit Listener(ListenerParts parts);
  ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // The statement that tells the others: its parameter is the payload.
  [[nodiscard]] static const Statement& announcement();

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] Result<> listen(const std::stop_token& stop);

  // Constant after construction.
  const ListenerParts parts_;
  // Touched on the thread only.
  bool was_reachable_ = true;
  // Last, so that the thread ends before what it uses.
  std::jthread thread_;
};

}  // namespace partwise::postgres
