// Cross-origin requests: "off by default, configurable list".

#include "api/cors.hpp"

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

constexpr const char* kPage = "https://app.example.com";
constexpr std::string_view kAllowOrigin = "access-control-allow-origin";

ApiHarnessOptions allowing(std::string_view origins) {
  ApiHarnessOptions options;
  options.cors = api::parse_cors_origins(origins).value();
  return options;
}

// A browser's question, which carries no key.
HttpReply preflight(const ApiHarness& api, const std::string& target,
                    const std::string& origin = kPage) {
  HttpRequest request{.method = "OPTIONS", .target = target};
  request.with("Origin", origin)
      .with("Access-Control-Request-Method", "POST")
      .with("Access-Control-Request-Headers", "authorization,x-stainless-os");
  HttpClient client(api.port());
  return client.exchange(request);
}

HttpReply get_from(const ApiHarness& api, const std::string& target, const std::string& origin) {
  HttpRequest request{.target = target};
  return api.send(request.with("Origin", origin));
}

TEST(Cors, OffMeansNoHeaderAndNoPreflight) {
  const ApiHarness api;
  EXPECT_FALSE(get_from(api, "/v1/uploads", kPage).has_header(kAllowOrigin));
  EXPECT_EQ(preflight(api, "/v1/uploads").status, 401);
  HttpRequest request{.method = "OPTIONS", .target = "/v1/uploads"};
  request.with("Origin", kPage).with("Access-Control-Request-Method", "POST");
  const auto reply = api.send(request);
  EXPECT_EQ(reply.status, 405);
  EXPECT_FALSE(reply.has_header("vary"));
}

TEST(Cors, APreflightNeedsNoKeyAndNamesTheMethodsOfThePath) {
  const ApiHarness api(allowing(kPage));
  const auto reply = preflight(api, "/v1/uploads");
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.header(kAllowOrigin), kPage);
  EXPECT_EQ(reply.header("access-control-allow-methods"), "POST, GET");
  EXPECT_EQ(reply.header("access-control-allow-headers"), "authorization,x-stainless-os");
  EXPECT_EQ(reply.header("vary"), "origin");
  EXPECT_NE(reply.header("x-request-id"), "");
  EXPECT_EQ(preflight(api, "/openai/v1/files/file-x").header("access-control-allow-methods"),
            "GET, DELETE");
  EXPECT_EQ(preflight(api, "/healthz").status, 204);
}

TEST(Cors, WhatIsNoQuestionOfAnAllowedPageIsARequestAsAnyOther) {
  const ApiHarness api(allowing(kPage));
  EXPECT_EQ(preflight(api, "/v1/nothing").status, 401);
  const auto foreign = preflight(api, "/v1/uploads", "https://evil.example.com");
  EXPECT_EQ(foreign.status, 401);
  EXPECT_FALSE(foreign.has_header(kAllowOrigin));
  HttpRequest plain{.method = "OPTIONS", .target = "/v1/uploads"};
  EXPECT_EQ(api.send(plain).status, 405);
}

TEST(Cors, AnAllowedPageMayReadEveryAnswerAlsoErrors) {
  const ApiHarness api(allowing("http://localhost:3000, https://app.example.com"));
  const auto listed = get_from(api, "/v1/uploads", kPage);
  EXPECT_EQ(listed.status, 200);
  EXPECT_EQ(listed.header(kAllowOrigin), kPage);
  EXPECT_EQ(listed.header("vary"), "origin");
  for (const std::string_view name :
       {"x-request-id", "x-should-retry", "openai-processing-ms", "openai-version",
        "openai-organization", "openai-project", "content-disposition", "etag", "accept-ranges",
        "content-range", "retry-after"}) {
    EXPECT_TRUE(listed.header("access-control-expose-headers").contains(name)) << name;
  }
  EXPECT_EQ(get_from(api, "/v1/files/file-x", "http://localhost:3000").header(kAllowOrigin),
            "http://localhost:3000");
  HttpClient client(api.port());
  HttpRequest keyless{.target = "/v1/uploads"};
  const auto refused = client.exchange(keyless.with("Origin", kPage));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header(kAllowOrigin), kPage);
}

TEST(Cors, AnotherPageGetsNoHeaderAndCachesKeepThemApart) {
  const ApiHarness api(allowing(kPage));
  for (const std::string origin :
       {"https://evil.example.com", "https://app.example.com.evil.com", "null", ""}) {
    const auto reply = get_from(api, "/v1/uploads", origin);
    EXPECT_FALSE(reply.has_header(kAllowOrigin)) << origin;
    EXPECT_FALSE(reply.has_header("access-control-expose-headers"));
    EXPECT_EQ(reply.header("vary"), "origin");
  }
}

TEST(Cors, AStarIsForEveryPageAlsoWhereTheHeadCouldNotBeRead) {
  const ApiHarness api(allowing("*"));
  const auto reply = get_from(api, "/v1/uploads", "https://any.example.org");
  EXPECT_EQ(reply.header(kAllowOrigin), "*");
  EXPECT_FALSE(reply.has_header("vary"));
  HttpClient client(api.port());
  client.send("NONSENSE\r\n\r\n");
  EXPECT_EQ(client.read_reply().header(kAllowOrigin), "*");
}

TEST(Cors, AListOfOriginsIsReadStrictly) {
  const auto policy = api::parse_cors_origins(" HTTPS://App.example.com ,http://[::1]:8080");
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->origins,
            (std::vector<std::string>{"https://app.example.com", "http://[::1]:8080"}));
  for (const std::string_view wrong :
       {"", "app.example.com", "https://", "https://a/", "https://a/b", "https://a,", "*,https://a",
        "null", "https://a\r\nx: y"}) {
    EXPECT_FALSE(api::parse_cors_origins(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace partwise::test
