#pragma once

// Brings blobs from one data directory into another: as second names of the same files where that
// is possible, or byte by byte, and then each is compared with what its row says of it.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "core/blob.hpp"
#include "core/checker.hpp"
#include "store/disk/disk_layout.hpp"

namespace partwise {

enum class TransferMode {
  link,  // A second name, which costs no space and reads nothing; else as `copy`.
  copy,
};

struct TransferFigures {
  std::uint64_t blobs = 0;  // Of the target: those below together.
  std::uint64_t bytes = 0;  // As their rows say.
  std::uint64_t linked = 0;
  std::uint64_t copied = 0;
};

// One thread at a time. Errors of every verb: those of the target's file system.
class BlobTransfer {
 public:
  // Nothing removes blobs of `from`. `to` is of a store that nobody uses. All outlive the transfer.
  BlobTransfer(FileSystem& files, DiskPaths from, const DiskLayout& to, TransferMode mode);

  // What is wrong with the blob at its origin: nothing, or missing_blob, unreadable_blob, and
  // damaged_blob where it is in the target as it is; shared_blob where it was there before, and
  // nothing is done. A link reads nothing, and finds only what is missing, no file, or of another
  // size. A copy is synced on return; no name is.
  [[nodiscard]] Result<std::optional<FindingKind>> transfer(const BlobRef& blob);
  // Whether the target has the blob.
  [[nodiscard]] Result<bool> has(BlobKey key) const;
  // The names of all that was transferred are durable on return.
  [[nodiscard]] Result<> sync_names();

  [[nodiscard]] const TransferFigures& figures() const { return figures_; }

 private:
  [[nodiscard]] Result<bool> link(const BlobRef& blob);
  [[nodiscard]] Result<std::optional<FindingKind>> copy(const BlobRef& blob, File& content);
  void count(const BlobRef& blob, std::uint64_t& kind);

  // Constant after construction.
  FileSystem& files_;
  const DiskPaths from_;
  const DiskLayout& to_;
  const TransferMode mode_;
  std::vector<std::byte> buffer_;
  // Places of the fan-out that got a name since the last sync.
  std::set<std::size_t> touched_;
  TransferFigures figures_;
};

}  // namespace partwise
