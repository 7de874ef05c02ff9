#pragma once

// What load balancers and supervisors ask.

#include "api/services.hpp"

namespace partwise::api {

// The process answers.
[[nodiscard]] Task<Result<http::Response>> get_health(Call& call);

// The process should get requests. Errors: unavailable, while it drains or its volume is degraded.
[[nodiscard]] Task<Result<http::Response>> get_readiness(Call& call, const Readiness& readiness);

}  // namespace partwise::api
