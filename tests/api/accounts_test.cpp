// Usage, keys, roles, quotas and the rate limit, as clients meet them.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

constexpr auto kKey = ApiHarness::kKey;
constexpr auto kAdmin = ApiHarness::kAdminKey;
constexpr auto kService = ApiHarness::kServiceKey;

std::string create_json(std::string_view purpose) {
  return R"({"filename":"a","mime_type":"x","bytes":1,"purpose":")" + std::string(purpose) + "\"}";
}

ApiHarnessOptions requests_per_minute(std::uint32_t count) {
  ApiHarnessOptions options;
  options.requests_per_minute = count;
  return options;
}

TEST(GetUsage, ShowsAKeyItsOwnProject) {
  ApiHarness api;
  api.set_quotas("default", {.bytes = 1000});
  const std::string upload = api.create_upload(10);
  (void)api.add_part(upload, "hello");
  (void)api.create_file("abc");
  const auto reply = api.get("/v1/usage");
  EXPECT_EQ(reply.status, 200);
  const Json usage(reply.body);
  EXPECT_EQ(usage.keys(),
            (std::vector<std::string>{"object", "project", "stored_bytes", "uploads", "files",
                                      "reclaimable_bytes", "oldest_pending_upload", "quota"}));
  EXPECT_EQ(usage.text("object"), "usage");
  EXPECT_EQ(usage.text("project"), "default");
  EXPECT_EQ(usage.number("stored_bytes"), 8);
  EXPECT_EQ(usage.keys("uploads.pending"),
            (std::vector<std::string>{"count", "bytes", "stored_bytes"}));
  EXPECT_EQ(usage.number("uploads.pending.count"), 1);
  EXPECT_EQ(usage.number("uploads.pending.bytes"), 10);
  EXPECT_EQ(usage.number("uploads.pending.stored_bytes"), 5);
  EXPECT_EQ(usage.number("uploads.completed.count"), 1);
  EXPECT_EQ(usage.number("files.assistants.bytes"), 3);
  EXPECT_EQ(usage.keys("files").size(), 9U);
  EXPECT_EQ(usage.text("oldest_pending_upload.id"), upload);
  EXPECT_EQ(usage.number("quota.bytes"), 1000);
  EXPECT_TRUE(usage.is_null("quota.open_uploads"));

  (void)api.post("/v1/uploads/" + upload + "/cancel");
  const Json after(api.get("/v1/usage?project=default").body);
  EXPECT_EQ(after.number("reclaimable_bytes"), 5);
  EXPECT_TRUE(after.is_null("oldest_pending_upload"));
}

TEST(GetUsage, ShowsAnotherProjectToAdministratorsOnly) {
  const ApiHarness api;
  (void)api.create_upload(10);
  for (const std::string_view key : {ApiHarness::kOtherKey, kService}) {
    for (const std::string project : {"operations", "nobody", "x%20y"}) {
      const auto reply = api.send_as(key, {.target = "/v1/usage?project=" + project});
      EXPECT_EQ(reply.status, 403) << project;
      EXPECT_EQ(Json(reply.body).text("error.param"), "project");
    }
  }
  const auto one = api.send_as(kAdmin, {.target = "/v1/usage?project=default"});
  EXPECT_EQ(Json(one.body).texts("data", "project"), std::vector<std::string>{"default"});
  for (const std::string project : {"nobody", "x%20y", ""}) {
    EXPECT_EQ(api.send_as(kAdmin, {.target = "/v1/usage?project=" + project}).status, 404)
        << project;
  }
}

TEST(GetUsage, GivesAnAdministratorEveryProjectAndTheTotals) {
  const ApiHarness api;
  (void)api.create_upload(10);
  (void)api.send_as(ApiHarness::kOtherKey,
                    {.method = "POST", .target = "/v1/uploads", .body = create_json("vision")});
  const Json usage(api.send_as(kAdmin, {.target = "/v1/usage"}).body);
  EXPECT_EQ(usage.text("object"), "usage.list");
  EXPECT_EQ(usage.texts("data", "project"),
            (std::vector<std::string>{"default", "operations", "other"}));
  EXPECT_EQ(usage.number("totals.uploads.pending.count"), 2);
  EXPECT_EQ(usage.number("totals.uploads.pending.bytes"), 11);
}

TEST(AdminRole, SeesNoOtherProjectsUploadsOrFiles) {
  const ApiHarness api;
  const std::string upload = api.create_upload(1);
  const std::string file = api.create_file("x");
  for (const std::string& path : {"/v1/uploads/" + upload, "/v1/uploads/" + upload + "/parts",
                                  "/v1/files/" + file, "/v1/files/" + file + "/content"}) {
    EXPECT_EQ(api.send_as(kAdmin, {.target = path}).status, 404) << path;
  }
  EXPECT_TRUE(
      Json(api.send_as(kAdmin, {.target = "/v1/uploads"}).body).texts("data", "id").empty());
  EXPECT_TRUE(Json(api.send_as(kAdmin, {.target = "/v1/files"}).body).texts("data", "id").empty());
}

TEST(ServiceRole, AloneMakesUploadsAndFilesOfTheOutputPurposes) {
  const ApiHarness api;
  for (const std::string purpose : {"assistants_output", "batch_output", "fine-tune-results"}) {
    const HttpRequest upload{
        .method = "POST", .target = "/v1/uploads", .body = create_json(purpose)};
    const HttpRequest file =
        file_request(form_field("purpose", purpose) + form_field("file", "x") + "--B--\r\n");
    for (const HttpRequest& request : {upload, file}) {
      EXPECT_EQ(api.send_as(kService, request).status, 200) << purpose;
      for (const std::string_view key : {kKey, kAdmin}) {
        const auto refused = api.send_as(key, request);
        EXPECT_EQ(refused.status, 400);
        EXPECT_EQ(Json(refused.body).text("error.message"),
                  "'" + purpose +
                      "' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', "
                      "'vision', 'evals'] - 'purpose'");
      }
    }
  }
  EXPECT_EQ(
      api.send_as(kService,
                  {.method = "POST", .target = "/v1/uploads", .body = create_json("nonsense")})
          .status,
      400);
}

TEST(Keys, AreMadeListedAndRevokedByAnAdministrator) {
  ApiHarness api;
  api.set_quotas("new", {});
  const auto made = api.send_as(
      kAdmin, {.method = "POST",
               .target = "/v1/keys",
               .body = R"({"project":"new","name":"trainer","role":"service","expires_in":60})"});
  ASSERT_EQ(made.status, 200) << made.body;
  const Json key(made.body);
  EXPECT_EQ(key.keys(),
            (std::vector<std::string>{"id", "object", "project", "name", "role", "created_at",
                                      "expires_at", "revoked_at", "key"}));
  EXPECT_EQ(key.text("role"), "service");
  EXPECT_EQ(key.number("expires_at"), key.number("created_at") + 60);
  const std::string text = key.text("key");
  EXPECT_EQ(api.send_as(text, {.target = "/v1/uploads"}).status, 200) << "known at once";

  const auto listed = api.send_as(kAdmin, {.target = "/v1/keys"});
  EXPECT_EQ(Json(listed.body).texts("data", "id").back(), key.text("id"));
  EXPECT_EQ(listed.body.find(text), std::string::npos);
  EXPECT_EQ(listed.body.find(to_hex(sha256(as_bytes(text)))), std::string::npos);

  const auto revoked =
      api.send_as(kAdmin, {.method = "DELETE", .target = "/v1/keys/" + key.text("id")});
  EXPECT_EQ(revoked.status, 200);
  EXPECT_FALSE(Json(revoked.body).is_null("revoked_at"));
  EXPECT_EQ(revoked.body.find(text), std::string::npos);
  const auto refused = api.send_as(text, {.target = "/v1/uploads"});
  EXPECT_EQ(refused.status, 401) << "revoked at once";
  EXPECT_EQ(Json(refused.body).text("error.code"), "invalid_api_key");
}

TEST(Keys, ExpireAtTheirSecondAndAreThenLikeUnknownOnes) {
  ApiHarness api;
  api.set_quotas("new", {});
  const Json key(api.send_as(kAdmin, {.method = "POST",
                                      .target = "/v1/keys",
                                      .body = R"({"project":"new","expires_in":60})"})
                     .body);
  EXPECT_EQ(key.text("role"), "user");
  api.clock().advance(std::chrono::seconds{59});
  EXPECT_EQ(api.send_as(key.text("key"), {.target = "/v1/uploads"}).status, 200);
  api.clock().advance(std::chrono::seconds{1});
  const auto refused = api.send_as(key.text("key"), {.target = "/v1/uploads"});
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(Json(refused.body).text("error.code"), "invalid_api_key");
  EXPECT_EQ(refused.body.find(key.text("key")), std::string::npos);
}

TEST(Keys, AWrongRequestForOneIsNamed) {
  const ApiHarness api;
  for (const auto& [body, param] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "project"},
           {R"({"project":"No Blanks"})", "project"},
           {R"({"project":5})", "project"},
           {R"({"project":"p","role":"root"})", "role"},
           {R"({"project":"p","name":"two\nlines"})", "name"},
           {R"({"project":"p","expires_in":0})", "expires_in"},
           {R"({"project":"p","expires_in":-9223372036854775808})", "expires_in"},
           {R"({"project":"p","expires_in":9223372036854775807})", "expires_in"},
           {R"({"project":"p","expires_in":1.5})", "expires_in"}}) {
    const auto reply = api.send_as(kAdmin, {.method = "POST", .target = "/v1/keys", .body = body});
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_EQ(Json(reply.body).text("error.param"), param) << reply.body;
  }
  EXPECT_EQ(api.send_as(kAdmin, {.method = "DELETE", .target = "/v1/keys/static"}).status, 404);
}

TEST(Keys, AProjectThatNobodyMadeGetsNone) {
  const ApiHarness api;
  const auto reply = api.send_as(
      kAdmin, {.method = "POST", .target = "/v1/keys", .body = R"({"project":"defualt"})"});
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json(reply.body).text("error.param"), "project");
  const Json usage(api.send_as(kAdmin, {.target = "/v1/usage"}).body);
  EXPECT_EQ(usage.texts("data", "project"),
            (std::vector<std::string>{"default", "operations", "other"}));
}

TEST(Quota, OverItIs403WithItsCodeAndNeverSomethingThatIsSentAgain) {
  ApiHarness api;
  api.set_quotas("default", {.bytes = 3, .open_uploads = 1});
  const std::string upload = api.create_upload(10);
  const auto second = api.post("/v1/uploads", create_json("vision"));
  const auto part = api.send(part_request(upload, form_of("hello")));
  const auto file = api.send(
      file_request(form_field("purpose", "vision") + form_field("file", "hello") + "--B--\r\n"));
  for (const auto& reply : {second, part, file}) {
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(Json(reply.body).text("error.code"), "quota_exceeded") << reply.body;
    EXPECT_FALSE(reply.has_header("retry-after"));
  }
  EXPECT_FALSE(api.add_part(upload, "abc").empty()) << "exactly what fits";
  (void)api.post("/v1/uploads/" + upload + "/cancel");
  EXPECT_EQ(api.post("/v1/uploads", create_json("vision")).status, 200);
}

TEST(Quota, IsSaidBeforeTheBodyIsSent) {
  ApiHarness api;
  const std::string upload = api.create_upload(50'000'000);
  api.set_quotas("default", {.bytes = 9'000'000});
  for (HttpRequest request : {part_request(upload, {}), file_request({})}) {
    HttpClient client(api.port());
    request.with("Authorization", "Bearer " + std::string(kKey));
    request.with("Content-Length", "10500000").with("Expect", "100-continue");
    ASSERT_TRUE(client.send(request.head()));
    EXPECT_EQ(client.read_interim(), 403) << request.target;
  }
  // Without a length it is cut where the quota ends.
  for (HttpRequest request : {part_request(upload, {}), file_request({})}) {
    HttpClient client(api.port());
    request.with("Authorization", "Bearer " + std::string(kKey));
    request.with("Transfer-Encoding", "chunked");
    const std::string field = request.target.ends_with("/parts") ? "data" : "file";
    const std::string chunk = form_field(field, std::string(9'000'001, 'x'));
    ASSERT_TRUE(client.send(request.head()));
    (void)client.send(fmt::format("{:x}\r\n", chunk.size() + 5'000'000) + chunk);
    EXPECT_EQ(client.read_reply().status, 403) << request.target;
  }
  // What may still fit is let in, and judged by its own transaction.
  HttpClient client(api.port());
  HttpRequest request = part_request(upload, {});
  request.with("Authorization", "Bearer " + std::string(kKey));
  request.with("Content-Length", "9000000").with("Expect", "100-continue");
  ASSERT_TRUE(client.send(request.head()));
  EXPECT_EQ(client.read_interim(), 100);
}

TEST(RateLimit, Is429WithItsCodeForOneKeyAndForAMinute) {
  ApiHarness api(requests_per_minute(3));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(api.get("/v1/uploads").status, 200);
  const auto refused = api.get("/v1/uploads");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("retry-after"), "20");
  EXPECT_EQ(Json(refused.body).text("error.code"), "rate_limit_exceeded");
  EXPECT_EQ(api.get("/healthz").status, 200);
  EXPECT_EQ(api.send_as(ApiHarness::kOtherKey, {.target = "/v1/uploads"}).status, 200);
  api.clock().advance(std::chrono::seconds{20});
  EXPECT_EQ(api.get("/v1/uploads").status, 200);
  EXPECT_EQ(api.get("/v1/uploads").status, 429);
}

TEST(RateLimit, IsSaidBeforeTheBodyIsSent) {
  ApiHarness api(requests_per_minute(1));
  const std::string upload = api.create_upload(10);
  HttpClient client(api.port());
  HttpRequest request = part_request(upload, {});
  request.with("Authorization", "Bearer " + std::string(kKey));
  request.with("Content-Length", "1000000").with("Expect", "100-continue");
  ASSERT_TRUE(client.send(request.head()));
  EXPECT_EQ(client.read_interim(), 429);
}

TEST(RequestSlots, AKeyWithAllOfItsRequestsUnderWayWaitsForOneOfThem) {
  ApiHarnessOptions options;
  options.requests_per_key_max = 1;
  ApiHarness api(options);
  const std::string upload = api.create_upload(10);
  const std::string form = form_of("0123456789");
  HttpRequest request = part_request(upload, {});
  request.with("Authorization", "Bearer " + std::string(kKey));
  request.with("Content-Length", std::to_string(form.size()));
  {
    HttpClient client(api.port());
    ASSERT_TRUE(client.send(request.head() + form.substr(0, 60)));
    api.await_streams(upload, 1);
    const auto refused = api.get("/v1/uploads");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.header("retry-after"), "1");
    const std::string other = "/v1/uploads/upload_0123456789abcdef0123456789abcdef/cancel";
    EXPECT_EQ(api.post(other).status, 404) << "a cancel needs no place";
    EXPECT_EQ(api.send_as(ApiHarness::kOtherKey, {.target = "/v1/uploads"}).status, 200);
    ASSERT_TRUE(client.send(form.substr(60)));
    EXPECT_EQ(client.read_reply().status, 200);
  }
  api.await_streams(upload, 0);
  EXPECT_EQ(api.get("/v1/uploads").status, 200);
}

}  // namespace
}  // namespace partwise::test
