#pragma once

// What all streams of one volume share: whether it still works, how much room it has, and the one
// slot through which bulk data reaches the platter.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/async_mutex.hpp"
#include "base/file_system.hpp"
#include "base/log.hpp"
#include "core/blob_store.hpp"
#include "store/disk/disk_limits.hpp"

namespace partwise {

// Thread-safe, except the slot.
class Volume {
 public:
  // `path` lies on the volume.
  Volume(FileSystem& files, std::string path, const DiskLimits& limits, Log& log);

  // Error: unavailable once the volume is degraded.
  [[nodiscard]] Result<> require_usable() const;
  // Asks for the free space, and refuses if less than the reserve is left. Blocks. Error:
  // out_of_space.
  [[nodiscard]] Result<> check_room();
  // Whether the last look found more than the reserve. Does not block.
  [[nodiscard]] bool had_room() const;
  // Counts `bytes` that are about to be written. Blocks now and then. Error: out_of_space.
  [[nodiscard]] Result<> admit(std::uint64_t bytes);

  // The error to pass on for a failed operation on content: in words for the client, the details in
  // the log. `failed_write` also degrades the volume where the machine failed, because what a
  // failed write or sync leaves behind is not known; a read that fails leaves everything as it was.
  [[nodiscard]] std::unexpected<Error> failed_write(const Error& error);
  [[nodiscard]] std::unexpected<Error> failed_read(const Error& error);
  // The same for the sync of a directory, which degrades the volume whatever the reason was: no
  // later sync can be believed, so that nothing more is accepted, and readiness says so.
  [[nodiscard]] std::unexpected<Error> failed_directory_sync(const Error& error);

  [[nodiscard]] VolumeStatus status() const;

  // Held around every write-back step and every sync of content that is not small. On the loop
  // only.
  [[nodiscard]] AsyncMutex& sync_slot() { return sync_slot_; }

 private:
  // Under mutex_.
  [[nodiscard]] Result<> look();
  void degrade(const Error& error);

  FileSystem& files_;
  const std::string path_;
  const DiskLimits limits_;
  Log& log_;
  AsyncMutex sync_slot_;
  std::atomic<bool> degraded_ = false;
  std::atomic<std::uint64_t> free_bytes_ = 0;  // As of the last look.
  std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t admitted_bytes_ = 0;  // Since the last look.
};

}  // namespace partwise
