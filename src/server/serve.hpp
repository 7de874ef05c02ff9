#pragma once

// `partwise serve`: the composition root. Constructs every resource, in the order in which they
// stand on each other, and ends them in the opposite one.

#include "server/settings.hpp"

namespace partwise {

// Serves until SIGTERM or SIGINT, then drains; a second signal ends the process at once. Returns
// the exit code: 0 after a drain, 2 where the server could not start, 70 where the metadata store
// failed under it.
[[nodiscard]] int run_serve(ServeConfig config);

}  // namespace partwise
