#pragma once

// `partwise fsck`: checks a data directory that no server uses, by reading every blob.

#include <ostream>
#include <span>
#include <string>

namespace partwise {

struct FsckOptions {
  std::string data_dir = {};
  bool json = false;  // One JSON document on `out` in place of text.
  // Move what no row knows to DATA/lost+found, and sum up wrong counters anew. Nothing is deleted.
  bool repair = false;
};

// Writes its findings to `out`, and to `errors` one line when it could not run. Returns the exit
// code: 0 clean, 1 findings (repaired ones too), 2 could not run, also when a server holds the
// directory. With `repair`, and unless damage is left, a server may use the directory again after
// an unclean end with relaxed durability.
[[nodiscard]] int run_fsck(const FsckOptions& options, std::ostream& out, std::ostream& errors);

// The same for `arguments`, those after `fsck`.
[[nodiscard]] int run_fsck(std::span<const std::string> arguments, std::ostream& out,
                           std::ostream& errors);

}  // namespace partwise
