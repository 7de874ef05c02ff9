#pragma once

// The one place that turns an Error into an answer.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace partwise::api {

// Never 408 or 409, and no needless 5xx: the SDKs send the whole body again on those.
[[nodiscard]] http::Response error_response(const Error& error, const http::RequestHead& head);

// 405 with `Allow`.
[[nodiscard]] http::Response method_not_allowed_response(
    std::span<const std::string_view> allowed_methods, const http::RequestHead& head);

// 416 with `Content-Range`.
[[nodiscard]] http::Response range_not_satisfiable_response(std::uint64_t file_bytes,
                                                            const http::RequestHead& head);

// `Invalid URL (GET /v1/x)`
[[nodiscard]] Error invalid_url(const http::RequestHead& head);

// Whether the operator should hear of it: the message is not for the client.
[[nodiscard]] bool is_server_fault(ErrorCode code);

}  // namespace partwise::api
