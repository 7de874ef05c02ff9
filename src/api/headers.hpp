#pragma once

// The headers that answers have in common. `x-request-id` and the framing are the session's.

#include <chrono>

#include "core/ids.hpp"
#include "http/response.hpp"

namespace partwise::api {

// On every answer, errors too.
void add_common_headers(http::Response& response);

// On every success of the API, as the live service sends them. `elapsed` is from the end of the
// head to the end of the handler.
void add_success_headers(http::Response& response, const ProjectId& project,
                         std::chrono::milliseconds elapsed);

}  // namespace partwise::api
