#pragma once

// A whole copy of a data directory, made beside a server that goes on, or of one that is stopped.
//
// The order is what makes it whole. First the hold: from then on the server removes no blob that it
// had not claimed before, and what was claimed is garbage in every later snapshot. Then one moment
// of the metadata, and then the blobs which that moment names: they are all there, since a row
// that names one is committed after the blob. Then everything is synced and the hold ends; the
// copied metadata are checked, and only then the copy is called a data directory. See
// docs/adr/0010-a-backup-holds-the-directory.md.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/file_system.hpp"
#include "core/checker.hpp"
#include "store/disk/blob_transfer.hpp"

namespace partwise {

struct BackupOptions {
  std::string data_dir = {};
  std::string to = {};  // New or empty, and outside of data_dir.
  TransferMode mode = TransferMode::link;
};

// A blob that the metadata name and that the origin does not have as they say, or what is wrong
// with the metadata themselves.
struct BackupFinding {
  FindingKind kind = FindingKind::missing_blob;
  std::string subject;        // The key of the blob; else "metadata", or a project.
  std::string owner = {};     // Of a blob: part_... or file-...
  std::string sentence = {};  // Where it is no blob.
};

struct BackupReport {
  TransferFigures transferred;
  std::uint64_t findings_total = 0;
  std::vector<BackupFinding> findings;  // The first of them.
};

// How it is watched. Called between two blobs, and while the metadata are copied and checked.
struct BackupWatch {
  // Between two tries to hold an origin that somebody has for himself.
  std::function<void()> rest = [] { std::this_thread::sleep_for(std::chrono::milliseconds(10)); };
  // True ends it: for a signal.
  std::function<bool()> is_stopped = [] { return false; };
  // `bytes_total`: of all blobs.
  std::function<void(const TransferFigures& done, std::uint64_t bytes_total)> on_progress =
      [](const TransferFigures&, std::uint64_t) {};
};

// Durable on return, whatever the durability of the server. Blocks; ends the hold however it
// returns. Findings are no error: the copy is made, and is as damaged as its origin. Without any,
// `fsck` finds nothing in the copy, but for bytes that decayed in blobs that were linked.
//
// Errors: not_found, invalid_request (the origin is no data directory, or of another version; the
// target is not empty, or lies in the origin); cut; out_of_space, io_failure, overloaded. Messages
// are one line, and say what to do with what is left.
[[nodiscard]] Result<BackupReport> make_backup(FileSystem& files, const BackupOptions& options,
                                               const BackupWatch& watch);

}  // namespace partwise
