#include "api/error_response.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace partwise::api {
namespace {

constexpr std::array kCodes{ErrorCode::invalid_request,
                            ErrorCode::unauthenticated,
                            ErrorCode::invalid_key,
                            ErrorCode::forbidden,
                            ErrorCode::not_found,
                            ErrorCode::state_conflict,
                            ErrorCode::already_running,
                            ErrorCode::too_large,
                            ErrorCode::quota_exceeded,
                            ErrorCode::overloaded,
                            ErrorCode::unavailable,
                            ErrorCode::out_of_space,
                            ErrorCode::io_failure,
                            ErrorCode::would_block,
                            ErrorCode::timed_out,
                            ErrorCode::disconnected,
                            ErrorCode::cut,
                            ErrorCode::internal};

http::RequestHead a_head(std::string path = "/v1/uploads") {
  http::RequestHead head;
  head.method = "GET";
  head.path = std::move(path);
  return head;
}

std::string header_of(const http::Response& response, std::string_view name) {
  for (const http::Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

http::Response respond(ErrorCode code, std::string path = "/v1/uploads") {
  return error_response({code, "Said.", "field"}, a_head(std::move(path)));
}

TEST(ErrorResponse, EveryCodeHasItsStatusTypeAndCode) {
  struct Row {
    ErrorCode code;
    int status;
    std::string type_and_code;
  };
  const std::string request = R"("type":"invalid_request_error","param":"field","code":)";
  const std::string server = R"("type":"server_error","param":"field","code":)";
  const Row rows[] = {
      {ErrorCode::invalid_request, 400, request + "null"},
      {ErrorCode::unauthenticated, 401, request + "null"},
      {ErrorCode::invalid_key, 401, request + R"("invalid_api_key")"},
      {ErrorCode::forbidden, 403, request + "null"},
      {ErrorCode::not_found, 404, request + "null"},
      {ErrorCode::state_conflict, 400, request + "null"},
      {ErrorCode::already_running, 409, request + "null"},
      {ErrorCode::too_large, 413, request + "null"},
      {ErrorCode::quota_exceeded, 403, request + R"("quota_exceeded")"},
      {ErrorCode::overloaded, 503, server + "null"},
      {ErrorCode::unavailable, 503, server + "null"},
      {ErrorCode::out_of_space, 507, server + R"("insufficient_storage")"},
      {ErrorCode::io_failure, 500, server + "null"},
      {ErrorCode::would_block, 500, server + "null"},
      {ErrorCode::timed_out, 400, request + "null"},
      {ErrorCode::disconnected, 400, request + "null"},
      {ErrorCode::cut, 400, request + "null"},
      {ErrorCode::internal, 500, server + "null"},
  };
  EXPECT_EQ(std::size(rows), kCodes.size());
  for (const Row& row : rows) {
    const auto response = respond(row.code);
    EXPECT_EQ(response.status, row.status);
    EXPECT_NE(response.text.find(row.type_and_code), std::string::npos) << response.text;
    EXPECT_EQ(header_of(response, "content-type"), "application/json");
    EXPECT_EQ(header_of(response, "x-content-type-options"), "nosniff");
  }
}

// "Never 409 and never a needless 5xx: the SDKs re-send the whole body on 408, 409, 429
// and >= 500."
TEST(ErrorResponse, OnlyWhatATryAgainMayHelpIsRetriedByTheSdks) {
  const std::set retried{ErrorCode::overloaded, ErrorCode::unavailable, ErrorCode::io_failure,
                         ErrorCode::would_block, ErrorCode::internal};
  for (const ErrorCode code : kCodes) {
    const auto response = respond(code);
    const bool sdk_retries = response.status == 408 || response.status == 409 ||
                             response.status == 429 || response.status >= 500;
    const bool obeys_header = header_of(response, "x-should-retry") == "false";
    EXPECT_EQ(sdk_retries && !obeys_header, retried.contains(code)) << static_cast<int>(code);
  }
}

TEST(ErrorResponse, WhoeverIsToTryAgainIsToldWhen) {
  EXPECT_EQ(header_of(respond(ErrorCode::overloaded), "retry-after"), "1");
  EXPECT_EQ(header_of(respond(ErrorCode::unavailable), "retry-after"), "5");
  EXPECT_EQ(header_of(respond(ErrorCode::out_of_space), "retry-after"), "");
  EXPECT_EQ(header_of(respond(ErrorCode::invalid_request), "retry-after"), "");
}

TEST(ErrorResponse, FaultsOfTheServerKeepTheirDetailsToThemselves) {
  for (const ErrorCode code :
       {ErrorCode::io_failure, ErrorCode::internal, ErrorCode::would_block}) {
    const auto response = error_response({code, "/secret/path: EIO"}, a_head());
    EXPECT_EQ(response.text.find("secret"), std::string::npos);
    EXPECT_TRUE(is_server_fault(code));
  }
  EXPECT_FALSE(is_server_fault(ErrorCode::unavailable));
  EXPECT_FALSE(is_server_fault(ErrorCode::out_of_space));
}

TEST(ErrorResponse, ABodyThatComesTooSlowlyEndsTheConnection) {
  EXPECT_TRUE(respond(ErrorCode::timed_out).close);
  EXPECT_FALSE(respond(ErrorCode::invalid_request).close);
}

TEST(ErrorResponse, OnFilesThereIsADetail) {
  EXPECT_EQ(respond(ErrorCode::not_found, "/v1/files/x").text,
            R"({"error":{"message":"Said.","type":"invalid_request_error","param":"field",)"
            R"("code":null},"detail":{"message":"Said.","code":null}})");
  EXPECT_EQ(respond(ErrorCode::not_found).text.find("detail"), std::string::npos);
}

TEST(ErrorResponse, AMissingParamIsNull) {
  const auto response = error_response({ErrorCode::not_found, "Gone."}, a_head());
  EXPECT_EQ(
      response.text,
      R"({"error":{"message":"Gone.","type":"invalid_request_error","param":null,"code":null}})");
}

TEST(ErrorResponse, AnUnknownUrlIsQuoted) {
  EXPECT_EQ(invalid_url(a_head("/v1/x")),
            (Error{ErrorCode::not_found, "Invalid URL (GET /v1/x)", ""}));
  EXPECT_LT(invalid_url(a_head("/" + std::string(10'000, 'x'))).message.size(), 400U);
}

TEST(ErrorResponse, AWrongMethodIsAnsweredWithThoseThatThePathHas) {
  const std::array<std::string_view, 2> allowed{"GET", "DELETE"};
  const auto response = method_not_allowed_response(allowed, a_head("/v1/files/x"));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header_of(response, "allow"), "GET, DELETE");
  EXPECT_NE(response.text.find("Not allowed to GET on /v1/files/x. Use GET or DELETE."),
            std::string::npos);
}

TEST(ErrorResponse, WhoHasNoKeyIsToldTheScheme) {
  EXPECT_EQ(header_of(respond(ErrorCode::unauthenticated), "www-authenticate"), "Bearer");
  EXPECT_EQ(header_of(respond(ErrorCode::invalid_key), "www-authenticate"), "Bearer");
  EXPECT_EQ(header_of(respond(ErrorCode::not_found), "www-authenticate"), "");
}

}  // namespace
}  // namespace partwise::api
