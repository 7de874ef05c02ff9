#pragma once

// Blobs as files of a local file system. Content arrives in a nameless file and gets its name when
// it is complete, so that nothing half-written is ever seen; with strict durability the bytes are
// synced before the name, and the name's directory after it. Nothing that can block runs on the
// loop.

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/log.hpp"
#include "base/worker_pool.hpp"
#include "core/blob_store.hpp"
#include "core/durability.hpp"
#include "store/disk/disk_layout.hpp"
#include "store/disk/disk_limits.hpp"
#include "store/disk/staged_file.hpp"
#include "store/disk/volume.hpp"

namespace partwise {

// What a DiskBlobStore stands on. All outlive it.
struct DiskBlobStoreParts {
  FileSystem& files;
  WorkerPool& workers;
  Log& log;
  std::string data_directory;  // Exists.
  // Whether other processes use it at the same time. Then staging is not emptied at the start:
  // where content has names there, another may be writing it.
  bool is_shared = false;
  Durability durability = Durability::strict;
  DiskLimits limits = {};
};

// Beyond the port: a failed read of a blob is io_failure too, but does not degrade the volume.
class DiskBlobStore final : public BlobStore {
 public:
  // Makes the directories that are missing, and empties staging. Blocks.
  [[nodiscard]] static Result<std::unique_ptr<DiskBlobStore>> open(DiskBlobStoreParts parts);

  [[nodiscard]] Task<Result<>> admit() override;
  [[nodiscard]] Task<Result<std::unique_ptr<StagedBlob>>> stage(ByteSource& content,
                                                                std::uint64_t bytes_max,
                                                                DigestKinds kinds) override;
  [[nodiscard]] Task<Result<PartDigests>> digests(StagedBlob& staged, DigestKinds kinds) override;
  [[nodiscard]] Task<Result<>> publish(std::unique_ptr<StagedBlob> staged, BlobKey key) override;
  [[nodiscard]] Task<> discard(std::unique_ptr<StagedBlob> staged) override;
  [[nodiscard]] Task<Result<std::unique_ptr<BlobReader>>> open(BlobKey key) override;
  [[nodiscard]] Task<Result<>> remove(std::vector<BlobKey> keys) override;
  [[nodiscard]] VolumeStatus status() const override { return volume_.status(); }

 private:
  DiskBlobStore(DiskBlobStoreParts parts, std::unique_ptr<DiskLayout> layout);

  [[nodiscard]] Task<Result<>> receive(ByteSource& content, StagedFile& staged);
  [[nodiscard]] Task<Result<StagedFile::Progress>> receive_burst(ByteSource& content,
                                                                 StagedFile& staged,
                                                                 StagedFile::Progress before);
  // Runs `burst` while the disk writes what was there before it.
  [[nodiscard]] Task<Result<StagedFile::Progress>> beside_write_back(
      Task<Result<StagedFile::Progress>> burst, StagedFile& staged);
  // Takes `steps` of those that are due, and none any more once it `is_in_vain`.
  [[nodiscard]] Task<Result<>> write_back(StagedFile& staged, std::uint64_t steps,
                                          const bool& is_in_vain);
  // These four block.
  [[nodiscard]] Result<StagedFile::Progress> receive_now(ByteSource& content, StagedFile& staged);
  [[nodiscard]] Result<> publish_now(StagedFile& staged, BlobKey key);
  [[nodiscard]] Result<> remove_now(std::span<const BlobKey> keys);
  [[nodiscard]] Result<> sync_directory_of(BlobKey key);

  // Constant after construction.
  const DiskBlobStoreParts parts_;
  const std::unique_ptr<DiskLayout> layout_;
  const std::string staging_;
  // Not owned: lives as long as this store, which readers may outlive unused.
  const std::shared_ptr<WorkerPool> closers_;
  Volume volume_;
  std::array<std::mutex, DiskPaths::kFanOut> directory_syncs_;  // Held around each.
  // Set on a worker: from then on no name that was given or taken is reported as durable.
  std::atomic<bool> directory_sync_failed_ = false;
};

}  // namespace partwise
