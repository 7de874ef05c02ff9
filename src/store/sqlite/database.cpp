#include "store/sqlite/database.hpp"

#include <fmt/format.h>

namespace partwise::sqlite {

namespace {

Error error_of(int code, std::string_view text) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {ErrorCode::out_of_space, "The volume of the metadata has no room. Free some space."};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
      return {ErrorCode::overloaded, fmt::format("The metadata is busy ({}). Try again.", text)};
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
      return {ErrorCode::io_failure, fmt::format("The metadata failed: {} ({}).", text, code)};
    case SQLITE_INTERRUPT:  // By whoever asked for it: no damage.
      return {ErrorCode::cut, "The work on the metadata was stopped."};
    default:
      return {ErrorCode::internal, fmt::format("SQLite refused a statement: {} ({}).", text, code)};
  }
}

}  // namespace

void configure_sqlite() {
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)uncounted;  // Refused where SQLite is in use already, and then it counts.
}

Error Database::error(int code) const { return error_of(code, sqlite3_errmsg(handle_)); }

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (options.create ? SQLITE_OPEN_CREATE : 0);
  const char* vfs = options.vfs.empty() ? nullptr : options.vfs.c_str();
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(options.path.c_str(), &handle, flags, vfs);
  if (code != SQLITE_OK) {
    const std::string text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    (void)sqlite3_close(handle);  // Nothing was prepared: it cannot fail.
    return fail(error_of(code, fmt::format("{}: {}", options.path, text)));
  }
  std::unique_ptr<Database> database(new Database(handle, options.busy_timeout));
  CHECK(database->configure(options));
  return database;
}

Result<> Database::configure(const DatabaseOptions& options) {
  (void)sqlite3_busy_timeout(handle_,
                             static_cast<int>(busy_timeout_.count()));      // Always SQLITE_OK.
  (void)sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);  // Likewise.
  if (!options.write_ahead) return execute("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=FULL");
  // Before anything that can fail: whoever only reads changes nothing by closing either.
  if (options.read_only) keep_log_on_close();
  int persist = 1;  // The next run overwrites this log instead of growing a new one.
  (void)sqlite3_file_control(handle_, "main", SQLITE_FCNTL_PERSIST_WAL,
                             &persist);  // A VFS may lack it.
  CHECK(
      execute("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=-1;"
              "PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY;"));
  CHECK(
      execute(options.sync_every_commit ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
  if (options.cache_bytes != 0) {
    CHECK(execute(fmt::format("PRAGMA cache_size=-{}", options.cache_bytes / 1024).c_str()));
  }
  if (options.read_only) return execute("PRAGMA query_only=ON");
  return require_writable(options.path);
}

Result<> Database::require_writable(const std::string& path) {
  (void)sqlite3_busy_timeout(handle_, 0);
  const int code = sqlite3_exec(handle_, "BEGIN IMMEDIATE; ROLLBACK", nullptr, nullptr, nullptr);
  (void)sqlite3_busy_timeout(handle_, static_cast<int>(busy_timeout_.count()));
  // The first of them tells of the file, the other of its log. Somebody else who writes, or a full
  // volume, says nothing of how they were opened.
  const bool is_writable = sqlite3_db_readonly(handle_, "main") == 0;
  if (is_writable && (code & 0xff) != SQLITE_READONLY) return {};
  return fail(ErrorCode::io_failure,
              fmt::format("{} and its log could not be opened for writing.", path));
}

Database::~Database() {
  // Statements are members declared after the connection, so none is left and closing cannot fail.
  (void)sqlite3_close(handle_);
}

Result<> Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

Result<bool> Database::checkpoint(int mode, std::chrono::milliseconds timeout) {
  int frames = 0;
  int moved = 0;
  (void)sqlite3_busy_timeout(handle_, static_cast<int>(timeout.count()));
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, &frames, &moved);
  (void)sqlite3_busy_timeout(handle_, static_cast<int>(busy_timeout_.count()));
  if ((code & 0xff) == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return fail(error(code));
  return frames == moved;
}

Result<> Database::extend_log_index(std::uint64_t bytes) {
  // Of the WAL format: an index region has 32 KiB, and 4096 frames but for the first, which has
  // fewer.
  constexpr int kRegionBytes = 32 * 1024;
  const auto regions = static_cast<int>(bytes / log_bytes(4096)) + 2;
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  for (int region = 0; code == SQLITE_OK && region < regions; ++region) {
    void volatile* mapped = nullptr;
    code = file->pMethods->xShmMap(file, region, kRegionBytes, 1, &mapped);
  }
  if (code != SQLITE_OK) return fail(error_of(code, "the index of the log could not be extended"));
  return {};
}

void Database::keep_log_on_close() {
  (void)sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                          nullptr);  // Always SQLITE_OK.
}

}  // namespace partwise::sqlite
