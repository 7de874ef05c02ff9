#pragma once

// The query of a list: `limit`, `order`, `after` and `purpose`.

#include <string_view>

#include "api/limits.hpp"
#include "base/result.hpp"
#include "core/page.hpp"

namespace partwise::api {

// Unknown parameters are ignored. `limit` is 1 to its maximum, and the maximum by default. An empty
// `after` is none. Errors: invalid_request, with the parameter at fault.
[[nodiscard]] Result<PageRequest> parse_page_query(std::string_view query, Order default_order,
                                                   const ApiLimits& limits);

}  // namespace partwise::api
