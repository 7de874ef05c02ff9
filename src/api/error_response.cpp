#include "api/error_response.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/headers.hpp"
#include "api/json_response.hpp"
#include "api/routes.hpp"
#include "core/authenticator.hpp"
#include "wire/utf8.hpp"

namespace partwise::api {

namespace {

constexpr std::string_view kRequestError = "invalid_request_error";
constexpr std::string_view kServerError = "server_error";
constexpr std::string_view kNeutralMessage =
    "The server had an error while processing your request. Send it again; if that does not help, "
    "give "
    "the x-request-id of this answer to the operator of the server.";

// In messages, so that a hostile path cannot flood an answer.
constexpr std::size_t kShownPathBytesMax = 256;

// How an error shows on the wire.
struct Face {
  int status;
  std::string_view type;
  std::string_view code = {};       // Null on the wire where it is empty.
  std::uint32_t retry_after_s = 0;  // No header where it is zero.
  bool should_not_retry = false;    // `x-should-retry: false`, which the SDKs obey.
  bool close = false;               // What follows on the connection cannot be understood.
};

Face face_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_request:
      return {400, kRequestError};
    case ErrorCode::unauthenticated:
      return {401, kRequestError};
    case ErrorCode::invalid_key:
      return {401, kRequestError, "invalid_api_key"};
    case ErrorCode::forbidden:
      return {403, kRequestError};
    case ErrorCode::not_found:
      return {404, kRequestError};
    case ErrorCode::state_conflict:
      return {400, kRequestError};
    // For operators alone: the SDKs would send a body again on 409.
    case ErrorCode::already_running:
      return {.status = 409, .type = kRequestError, .should_not_retry = true};
    case ErrorCode::too_large:
      return {413, kRequestError};
    case ErrorCode::quota_exceeded:
      return {403, kRequestError, "quota_exceeded"};
    case ErrorCode::rate_limited:
      return {
          .status = 429, .type = kRequestError, .code = "rate_limit_exceeded", .retry_after_s = 1};
    case ErrorCode::overloaded:
      return {.status = 503, .type = kServerError, .retry_after_s = 1};
    case ErrorCode::unavailable:
      return {.status = 503, .type = kServerError, .retry_after_s = 5};
    case ErrorCode::out_of_space:
      return {.status = 507,
              .type = kServerError,
              .code = "insufficient_storage",
              .should_not_retry = true};
    case ErrorCode::io_failure:
      return {500, kServerError};
    case ErrorCode::would_block:
      return {500, kServerError};
    case ErrorCode::internal:
      return {500, kServerError};
    // Not 408, on which the SDKs send the body again, as slowly.
    case ErrorCode::timed_out:
      return {.status = 400, .type = kRequestError, .close = true};
    // Nobody reads it.
    case ErrorCode::disconnected:
      return {.status = 400, .type = kRequestError, .close = true};
    case ErrorCode::cut:
      return {400, kRequestError};
  }
  return {500, kServerError};  // A value that is no enumerator: a bug.
}

std::optional<std::string> text_or_none(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

http::Response render(const Face& face, std::string_view message, std::string_view param,
                      const http::RequestHead& head) {
  http::Response response = json_response(wire::WireError{.message = without_api_keys(message),
                                                          .type = std::string(face.type),
                                                          .param = text_or_none(param),
                                                          .code = text_or_none(face.code),
                                                          .with_detail = is_files_path(head.path)});
  response.status = face.status;
  response.close = face.close;
  if (face.retry_after_s > 0) {
    response.headers.push_back({"retry-after", std::to_string(face.retry_after_s)});
  }
  if (face.should_not_retry) response.headers.push_back({"x-should-retry", "false"});
  if (face.status == 401) response.headers.push_back({"www-authenticate", "Bearer"});
  add_common_headers(response);
  return response;
}

}  // namespace

http::Response error_response(const Error& error, const http::RequestHead& head) {
  const bool neutral = is_server_fault(error.code) || error.message.empty();
  Face face = face_of(error.code);
  if (error.param == "Expect") face.status = 417;
  if (error.retry_after_s > 0) face.retry_after_s = error.retry_after_s;
  return render(face, neutral ? kNeutralMessage : error.message, error.param, head);
}

http::Response method_not_allowed_response(std::span<const std::string_view> allowed_methods,
                                           const http::RequestHead& head) {
  const std::string message = fmt::format(
      "Not allowed to {} on {}. Use {}.", wire::utf8_prefix(head.method, 32),
      wire::utf8_prefix(head.path, kShownPathBytesMax), fmt::join(allowed_methods, " or "));
  http::Response response = render({405, kRequestError}, message, {}, head);
  response.headers.push_back({"allow", fmt::format("{}", fmt::join(allowed_methods, ", "))});
  return response;
}

http::Response range_not_satisfiable_response(std::uint64_t file_bytes,
                                              const http::RequestHead& head) {
  const std::string message =
      fmt::format("The range begins behind the end of the file, which has {} bytes.", file_bytes);
  http::Response response = render({416, kRequestError}, message, "range", head);
  response.headers.push_back({"content-range", fmt::format("bytes */{}", file_bytes)});
  return response;
}

Error invalid_url(const http::RequestHead& head) {
  return {ErrorCode::not_found,
          fmt::format("Invalid URL ({} {})", wire::utf8_prefix(head.method, 32),
                      wire::utf8_prefix(head.path, kShownPathBytesMax))};
}

bool is_server_fault(ErrorCode code) { return face_of(code).status == 500; }

}  // namespace partwise::api
