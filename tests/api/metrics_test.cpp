// GET /metrics on the main listener. What it says is tested on the whole server, in tests/process.

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

// "served on the main listener only to a key with the role admin".
TEST(Metrics, NeedsTheKeyOfAnAdministrator) {
  const ApiHarness api;
  HttpClient client(api.port());
  EXPECT_EQ(client.exchange({.target = "/metrics"}).status, 401);
  const auto wrong = HttpRequest{.target = "/metrics"}.with("Authorization", "Bearer wrong");
  EXPECT_EQ(api.send(wrong).status, 401);
  const auto refused = api.get("/metrics");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body.find("partwise_"), std::string::npos);
  EXPECT_NE(Json(refused.body).text("error.message").find("role admin"), std::string::npos);
}

TEST(Metrics, AnAdministratorReadsThem) {
  const ApiHarness api;
  const auto reply = api.send_as(ApiHarness::kAdminKey, {.target = "/metrics"});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "partwise_ready 1\n");
}

TEST(Metrics, StandsAtTheRootOnly) {
  const ApiHarness api;
  EXPECT_EQ(api.get("/v1/metrics").status, 404);
  EXPECT_EQ(api.get("/metrics/").status, 404);
}

}  // namespace
}  // namespace partwise::test
