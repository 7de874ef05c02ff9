#pragma once

// The bytes of one server, wherever they are: with all that only their adapter stands on.

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/worker_pool.hpp"
#include "core/blob_store.hpp"
#include "core/live_blobs.hpp"
#include "server/settings.hpp"

namespace partwise {

// What a backend stands on. All outlive it, and the loop that its Tasks run on does too.
struct BlobBackendParts {
  const ServeConfig& config;
  FileSystem& files;
  WorkerPool& workers;
  const Clock& clock;
  Random& random;
  Log& log;
};

class BlobBackend {
 public:
  virtual ~BlobBackend() = default;
  [[nodiscard]] virtual BlobStore& store() = 0;
  [[nodiscard]] virtual LiveBlobs& live() = 0;
  // As it stands in the line that tells where the server listens; empty: in the data directory.
  [[nodiscard]] virtual std::string description() const = 0;
  // Nobody waits for an answer any more: what takes long ends at once. Thread-safe.
  virtual void stop() = 0;
};

// The one that the settings ask for. The data directory is ours alone. Blocks. The error's message
// is one line for the operator.
[[nodiscard]] Result<std::unique_ptr<BlobBackend>> open_blob_backend(BlobBackendParts parts);

}  // namespace partwise
