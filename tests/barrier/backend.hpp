#pragma once

// The stores that the barrier tests run on, with a look behind the ports.

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/account_store.hpp"
#include "core/blob_store.hpp"
#include "core/garbage_store.hpp"
#include "core/limits.hpp"
#include "core/live_blobs.hpp"
#include "core/live_catalog.hpp"
#include "core/sharing.hpp"
#include "core/upload_store.hpp"

namespace partwise::test {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual UploadStore& uploads() = 0;
  virtual GarbageStore& garbage() = 0;
  virtual AccountStore& accounts() = 0;
  virtual BlobStore& blobs() = 0;
  // What an online check sees.
  virtual LiveCatalog& catalog() = 0;
  virtual LiveBlobs& live_blobs() = 0;

  // As a backup does from its begin to its end.
  virtual void keep_blobs(bool keeps) = 0;

  [[nodiscard]] virtual bool has_blob(BlobKey key) = 0;
  // By hand: no row knows of it.
  virtual void put_blob(BlobKey key, const std::string& content) = 0;
  [[nodiscard]] virtual std::size_t blob_count() = 0;
  // What the metadata's own checker finds wrong.
  [[nodiscard]] virtual std::vector<std::string> contradictions() = 0;
};

struct BackendKind {
  const char* name;
  std::unique_ptr<Backend> (*make)(Clock& clock, const CoreLimits& limits);
  Sharing sharing = Sharing::one_process;
};

// How GoogleTest names it.
inline void PrintTo(const BackendKind& kind, std::ostream* out) { *out << kind.name; }

// In memory, where everything is deterministic; on SQLite and disk, where real threads answer.
[[nodiscard]] std::vector<BackendKind> all_backends();
// Those that several nodes share.
[[nodiscard]] std::vector<BackendKind> shared_backends();

}  // namespace partwise::test
