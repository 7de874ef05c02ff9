#pragma once

// `partwise fsck`: checks a data directory that no server uses, by reading every blob.

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <span>
#include <string>

#include "server/settings.hpp"

namespace partwise {

// Rests for so long.
using FsckRest = std::function<void(std::chrono::milliseconds)>;

struct FsckOptions {
  std::string data_dir = {};
  std::string metadata =
      "sqlite";            // Or the URL of a database; then `blobs` is where the blobs are.
  std::string blobs = {};  // As `serve` is told; empty: in the data directory.
  ObjectStoreConfig object_store = {};
  bool json = false;  // One JSON document on `out` in place of text.
  // Move what no row knows to DATA/lost+found, and sum up wrong counters anew. Nothing is deleted.
  bool repair = false;
  std::uint64_t scrub_rate = 0;  // Bytes of blobs that are read in a second. 0: as fast as it can.
  FsckRest rest = {};            // To keep that rate. Empty: this thread sleeps.
};

// Writes its findings to `out`, and to `errors` one line when it could not run. Returns the exit
// code: 0 clean, 1 findings (repaired ones too), 2 could not run, also when a server holds the
// directory. With `repair`, and unless damage is left, a server may use the directory again after
// an unclean end with relaxed durability.
[[nodiscard]] int run_fsck(const FsckOptions& options, std::ostream& out, std::ostream& errors);

// The same for `arguments`, those after `fsck`.
[[nodiscard]] int run_fsck(std::span<const std::string> arguments, std::ostream& out,
                           std::ostream& errors, FsckRest rest = {});

}  // namespace partwise
