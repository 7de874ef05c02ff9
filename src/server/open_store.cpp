#include "server/open_store.hpp"

#include <fmt/format.h>

#include "server/data_directory.hpp"

namespace partwise {

Result<> OpenStore::open(const std::string& data_dir, bool may_make) {
  const std::string metadata_path = DataDirectory::metadata_path_in(data_dir);
  if (!may_make && !files_->open_read(metadata_path)) {
    return fail(ErrorCode::not_found,
                fmt::format("{} is no data directory of Partwise.", data_dir));
  }
  CHECK(DataDirectory::prepare(*files_, data_dir));
  SqliteOptions metadata;
  metadata.path = metadata_path;
  metadata.may_migrate = false;
  metadata.limits.reserve_bytes = 0;  // The reserve is the server's.
  TRY(store_, SqliteStore::open(std::move(metadata), clock_, log_));
  return {};
}

}  // namespace partwise
