#pragma once

// GET /metrics: the figures of the whole server, for Prometheus. They name no key and no object,
// but they speak of all projects: only an administrator may read them on the main listener.

#include "api/services.hpp"

namespace partwise::api {

[[nodiscard]] Task<Result<http::Response>> get_metrics(Call& call, const MetricsSource& metrics);

}  // namespace partwise::api
