#include "server/open_store.hpp"

#include <fmt/format.h>

#include "server/data_directory.hpp"
#include "server/settings.hpp"

namespace partwise {

Result<> OpenStore::open(const std::string& data_dir, const std::string& metadata, bool may_make) {
  if (metadata != ServeConfig{}.metadata) {
    PostgresOptions options{.url = metadata, .is_node = false};
    // An empty database is filled by who makes something in it, and an older one by a server.
    options.migration = may_make ? PostgresMigration::only_empty : PostgresMigration::none;
    TRY(shared_, PostgresStore::open(std::move(options), clock_, log_));
    return {};
  }
  const std::string metadata_path = DataDirectory::metadata_path_in(data_dir);
  if (!may_make && !files_->open_read(metadata_path)) {
    return fail(ErrorCode::not_found,
                fmt::format("{} is no data directory of Partwise.", data_dir));
  }
  CHECK(DataDirectory::prepare(*files_, data_dir));
  SqliteOptions sqlite;
  sqlite.path = metadata_path;
  sqlite.may_migrate = false;
  sqlite.limits.reserve_bytes = 0;  // The reserve is the server's.
  TRY(store_, SqliteStore::open(std::move(sqlite), clock_, log_));
  return {};
}

}  // namespace partwise
