// GET /healthz and /readyz

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

// "`/healthz`, `/readyz` need no key."
TEST(Health, NeedsNoKey) {
  const ApiHarness api;
  HttpClient client(api.port());
  const auto health = client.exchange({.target = "/healthz"});
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, R"({"status":"ok"})");
  EXPECT_EQ(client.exchange({.method = "HEAD", .target = "/healthz"}).status, 200);
  EXPECT_EQ(client.exchange({.target = "/readyz"}).body, R"({"status":"ready"})");
}

// "draining, store down: 503 with `retry-after`".
TEST(Health, AServerThatIsNotReadySaysWhyAndGoesOnAnswering) {
  ApiHarness api;
  api.set_not_ready("The server is draining.");
  const auto ready = api.get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_EQ(Json(ready.body).text("error.message"), "The server is draining.");
  EXPECT_NE(ready.header("retry-after"), "");
  EXPECT_EQ(api.get("/healthz").status, 200);
  EXPECT_EQ(api.get("/v1/uploads").status, 200);
}

}  // namespace
}  // namespace partwise::test
