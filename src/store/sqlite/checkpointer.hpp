#pragma once

// Moves committed pages from the write-ahead log to the database file, on a thread and a connection
// of its own, without ever holding up the writer (PASSIVE).

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/database.hpp"

namespace partwise::sqlite {

class Checkpointer {
 public:
  // `on_failure` is called on the checkpointer's thread when the volume fails; a full one is no
  // failure.
  Checkpointer(std::unique_ptr<Database> database, std::function<void(const Error&)> on_failure);
  ~Checkpointer() { stop(); }
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Asks for a pass. Thread-safe, never blocks.
  void wake();
  // Waits for the pass that is under way, and lets no other begin while the lock is held.
  // Thread-safe.
  [[nodiscard]] std::unique_lock<std::mutex> hold_off();
  // Finishes the pass that is under way, and closes the connection.
  void stop();

 private:
  void run();

  // Constant after construction.
  std::unique_ptr<Database> database_;
  std::function<void(const Error&)> on_failure_;
  std::mutex pass_mutex_;  // Held during a pass.
  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  bool asked_ = false;
  bool stopping_ = false;
  // Last, so that the thread ends before what it uses.
  std::jthread thread_;
};

}  // namespace partwise::sqlite
