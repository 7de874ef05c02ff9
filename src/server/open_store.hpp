#pragma once

// The metadata of a data directory, or of a database, opened by a command beside servers that may
// be running.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>

#include "base/file_system.hpp"
#include "base/log.hpp"
#include "core/account_store.hpp"
#include "server/run_to_end.hpp"
#include "store/postgres/postgres_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace partwise {

class OpenStore {
 public:
  // `metadata` as the setting of that name; of a URL `data_dir` is not looked at. Only where
  // `may_make` is set a directory is made, or an empty database filled: a typing error must not.
  // Errors: not_found (no data directory); invalid_request (of another version); those of the
  // store.
  [[nodiscard]] Result<> open(const std::string& data_dir, const std::string& metadata,
                              bool may_make);

  template <class T>
  [[nodiscard]] T run(Task<T> task) {
    return run_to_end(loop_, std::move(task));
  }

  // Only once it is open.
  [[nodiscard]] AccountStore& accounts() {
    if (shared_) return *shared_;
    return *store_;
  }

 private:
  NullLog log_;
  SystemClock clock_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  boost::asio::io_context loop_{1};
  std::unique_ptr<SqliteStore> store_;  // One of the two.
  std::unique_ptr<PostgresStore> shared_;
};

}  // namespace partwise
