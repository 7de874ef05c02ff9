#pragma once

// What lies in a data directory that a server uses, for the online checker.

#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/worker_pool.hpp"
#include "core/live_blobs.hpp"
#include "store/disk/disk_layout.hpp"

namespace partwise {

// A group is a directory of the fan-out. Names are paths relative to the data directory.
class DiskLiveBlobs final : public LiveBlobs {
 public:
  // `files` and `workers` outlive it.
  DiskLiveBlobs(FileSystem& files, WorkerPool& workers, std::string data_directory)
      : files_(files), workers_(workers), paths_(std::move(data_directory)) {}

  [[nodiscard]] Task<Result<BlobGroup>> list(std::uint32_t group) override;
  [[nodiscard]] Task<Result<std::vector<Result<std::uint64_t>>>> sizes(
      std::vector<BlobKey> keys) override;

 private:
  // These block.
  [[nodiscard]] Result<BlobGroup> list_now(std::uint32_t group) const;
  [[nodiscard]] Result<> add_strange_directories(BlobGroup& group) const;
  [[nodiscard]] Result<std::uint64_t> size_now(const BlobKey& key) const;
  [[nodiscard]] Result<std::vector<Result<std::uint64_t>>> sizes_now(
      const std::vector<BlobKey>& keys) const;

  FileSystem& files_;
  WorkerPool& workers_;
  const DiskPaths paths_;
};

}  // namespace partwise
