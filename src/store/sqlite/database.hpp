#pragma once

// One connection to the metadata file, with the settings that Partwise relies on: write-ahead log,
// no checkpoint but those that we ask for, and a log file that is never truncated.

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace partwise::sqlite {

struct DatabaseOptions {
  std::string path;
  bool create = false;
  bool read_only = false;   // Writes are refused; the log is still recovered where that is needed.
  bool write_ahead = true;  // False, for a copy that nobody reads before it is whole: no log.
  bool sync_every_commit =
      true;  // synchronous=FULL; else NORMAL: a commit survives the process only.
  std::chrono::milliseconds busy_timeout{5000};
  std::uint64_t cache_bytes = 0;  // 0: SQLite's own default.
  std::string vfs = {};           // Name of a registered sqlite3_vfs; empty: the system's.
};

// Used by one thread at a time.
//
// Errors of every verb, here and in Statement: out_of_space (SQLITE_FULL); overloaded (BUSY,
// LOCKED, NOMEM); io_failure (the file, its log or its content is damaged or cannot be used);
// internal (everything else, violated constraints included).
class Database {
 public:
  // Errors: as above; io_failure with the path in its message where the file cannot be opened.
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs statements that need no values and give no rows.
  [[nodiscard]] Result<> execute(const char* sql);
  // False once SQLite has rolled the transaction back by itself, which it does after some errors.
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  // Rows that the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(handle_); }
  // The same, of all of them since the connection was opened.
  [[nodiscard]] std::int64_t total_changes() const { return sqlite3_total_changes64(handle_); }
  [[nodiscard]] std::int64_t last_insert_rowid() const {
    return sqlite3_last_insert_rowid(handle_);
  }

  // `mode`: SQLITE_CHECKPOINT_*. True when the whole log is in the main file; false when somebody
  // was in the way, which is no error. Waits at most `timeout` for others.
  [[nodiscard]] Result<bool> checkpoint(int mode, std::chrono::milliseconds timeout);
  // Gives the log's index all the room that a log of `bytes` needs. Later, on a full volume, SQLite
  // would fail to extend it in the middle of a commit, and nobody would know the outcome.
  [[nodiscard]] Result<> extend_log_index(std::uint64_t bytes);
  // Closing leaves the log as it is, for the next start to recover.
  void keep_log_on_close();

  [[nodiscard]] sqlite3* handle() { return handle_; }
  // The error that SQLite reported last on this connection, as `code` says.
  [[nodiscard]] Error error(int code) const;

 private:
  Database(sqlite3* handle, std::chrono::milliseconds busy_timeout)
      : handle_(handle), busy_timeout_(busy_timeout) {}
  [[nodiscard]] Result<> configure(const DatabaseOptions& options);
  // SQLite takes a file for reading where it cannot have it for writing, for lack of a descriptor
  // too, and says so only when something is written.
  [[nodiscard]] Result<> require_writable(const std::string& path);

  sqlite3* handle_;
  std::chrono::milliseconds busy_timeout_;
};

// For the whole process, before anything else of SQLite is called: nobody reads its count of its
// own memory, and keeping it takes a mutex at every allocation.
void configure_sqlite();

// How many bytes the log grows by for one page.
[[nodiscard]] inline std::uint64_t log_bytes(std::uint64_t frames) { return frames * (4096 + 24); }

}  // namespace partwise::sqlite
