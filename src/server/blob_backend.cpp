#include "server/blob_backend.hpp"

#include "server/blob_home.hpp"
#include "server/s3_backend.hpp"
#include "store/disk/disk_blob_store.hpp"
#include "store/disk/disk_live_blobs.hpp"

namespace partwise {

namespace {

class DiskBackend final : public BlobBackend {
 public:
  DiskBackend(const BlobBackendParts& parts, std::unique_ptr<DiskBlobStore> store)
      : store_(std::move(store)),
        live_(parts.files, parts.workers, blobs_directory(parts.config)) {}

  [[nodiscard]] BlobStore& store() override { return *store_; }
  [[nodiscard]] LiveBlobs& live() override { return live_; }
  [[nodiscard]] std::string description() const override { return {}; }
  void stop() override {}

 private:
  std::unique_ptr<DiskBlobStore> store_;
  DiskLiveBlobs live_;
};

Result<std::unique_ptr<BlobBackend>> open_disk_backend(const BlobBackendParts& parts) {
  const ServeConfig& config = parts.config;
  if (!is_shared(config)) {
    CHECK(require_blobs_here(parts.files, config.data_dir, ": give them with --blobs."));
  }
  TRY(auto store, DiskBlobStore::open({.files = parts.files,
                                       .workers = parts.workers,
                                       .log = parts.log,
                                       .data_directory = blobs_directory(config),
                                       .is_shared = is_shared(config),
                                       .durability = config.durability,
                                       .limits = {.reserve_bytes = config.reserve_bytes}}));
  return std::make_unique<DiskBackend>(parts, std::move(store));
}

}  // namespace

Result<std::unique_ptr<BlobBackend>> open_blob_backend(BlobBackendParts parts) {
  const auto location = object_store_in(parts.config.blobs);
  return location ? open_s3_backend(parts, *location) : open_disk_backend(parts);
}

}  // namespace partwise
