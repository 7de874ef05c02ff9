#pragma once

// `partwise projects`: makes and lists projects, and sets their quotas, in a data directory, beside
// a running server or without one. A server of that directory keeps to a new quota at once.

#include <ostream>
#include <span>
#include <string>

namespace partwise {

// `arguments` are those after `projects`. Writes its answer to `out` and complaints, one line each,
// to `errors`. Returns the exit code: 0, 1 where the store said no, 2 for a command line that is
// not understood.
[[nodiscard]] int run_projects(std::span<const std::string> arguments, std::ostream& out,
                               std::ostream& errors);

}  // namespace partwise
