#pragma once

// A copy of the metadata of a data directory, taken beside a server that goes on writing.

#include <functional>
#include <string>

#include "base/result.hpp"

namespace partwise {

struct DatabaseCopyOptions {
  std::string from;        // The database file of a data directory; its log lies beside it.
  std::string to;          // Must not exist yet.
  std::string from_vfs{};  // Names of registered sqlite3_vfs; empty: the system's.
  std::string to_vfs{};
};

// Copies one moment of the database: what was committed before the call is in it. The writer is not
// held up, whatever it writes meanwhile; only its log cannot begin anew before the end. The
// content of `to` is synced on return, its name is not. Blocks. `is_stopped` is asked every few
// megabytes. Errors: cut (it was stopped); invalid_request (`from` is older or newer than this
// program); out_of_space; io_failure; overloaded. After an error `to` is not whole.
[[nodiscard]] Result<> copy_database(const DatabaseCopyOptions& options,
                                     const std::function<bool()>& is_stopped);

}  // namespace partwise
