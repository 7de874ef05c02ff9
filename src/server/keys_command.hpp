#pragma once

// `partwise keys`: makes, lists and revokes API keys in a data directory, beside a running server
// or without one. A server of that directory knows the change within a second.

#include <ostream>
#include <span>
#include <string>

namespace partwise {

// `arguments` are those after `keys`. Writes its answer to `out` and complaints, one line each, to
// `errors`. Returns the exit code: 0, 1 where the store said no, 2 for a command line that is not
// understood.
[[nodiscard]] int run_keys(std::span<const std::string> arguments, std::ostream& out,
                           std::ostream& errors);

}  // namespace partwise
