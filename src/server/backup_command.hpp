#pragma once

// `partwise backup`: copies a data directory beside a running server, or of a stopped one.

#include <ostream>
#include <span>
#include <string>

#include "server/backup.hpp"

namespace partwise {

struct BackupCommandOptions {
  BackupOptions backup = {};
  bool json = false;  // One JSON document on `out` in place of text.
};

// Writes what was copied to `out`; to `errors` a line now and then that says how far it is, and one
// if no backup was made. Returns the exit code: 0 whole, 1 finished but with findings, 2 no backup.
// SIGINT, SIGTERM and SIGHUP end it between two blobs, a second one at once; the program's handlers
// of those are replaced.
[[nodiscard]] int run_backup(const BackupCommandOptions& options, std::ostream& out,
                             std::ostream& errors);

// The same for `arguments`, those after `backup`.
[[nodiscard]] int run_backup(std::span<const std::string> arguments, std::ostream& out,
                             std::ostream& errors);

}  // namespace partwise
