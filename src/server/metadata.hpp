#pragma once

// The metadata of a server, behind the ports: SQLite in its data directory, or a PostgreSQL
// database that other nodes use too.

#include <functional>
#include <memory>
#include <string>

#include "base/file_system.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "core/account_store.hpp"
#include "core/endings.hpp"
#include "core/garbage_store.hpp"
#include "core/live_catalog.hpp"
#include "core/upload_store.hpp"
#include "server/figures.hpp"
#include "server/settings.hpp"

namespace partwise {

// What Metadata stand on. All outlive them.
struct MetadataParts {
  const ServeConfig& config;
  Clock& clock;
  Log& log;
  FileSystem& files;
  Random& random;
  std::string sqlite_path;  // Of the file, where they are in one.
  RunId run;
  std::function<void()> on_fatal;  // On any thread: nothing that they say can be believed any more.
  std::function<void(std::move_only_function<void()>)> post_to_loop;
};

class Metadata {
 public:
  virtual ~Metadata() = default;

  [[nodiscard]] virtual UploadStore& uploads() = 0;
  [[nodiscard]] virtual GarbageStore& garbage() = 0;
  [[nodiscard]] virtual AccountStore& accounts() = 0;
  [[nodiscard]] virtual LiveCatalog& catalog() = 0;
  [[nodiscard]] virtual Endings& endings() = 0;
  // By which they compare deadlines.
  [[nodiscard]] virtual Clock& clock() = 0;
  // Error: unavailable, where they cannot be reached now.
  [[nodiscard]] virtual Result<> readiness() const = 0;
  virtual void take_figures(Figures& figures) const = 0;
};

// Blocks. The error's message is one line for the operator.
[[nodiscard]] Result<std::unique_ptr<Metadata>> open_metadata(MetadataParts parts);

}  // namespace partwise
