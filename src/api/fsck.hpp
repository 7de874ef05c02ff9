#pragma once

// POST /fsck: whether metadata and blobs agree, while the server goes on. It tells of all projects:
// for administrators.

#include "api/services.hpp"

namespace partwise::api {

// Ends early where the client goes away. Errors: already_running; unavailable.
[[nodiscard]] Task<Result<http::Response>> fsck(Call& call, OnlineChecker& online_checker);

}  // namespace partwise::api
