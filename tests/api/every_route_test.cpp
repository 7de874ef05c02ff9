// What holds for every row of the table of routes.

#include <gtest/gtest.h>

#include "api/harness.hpp"
#include "api/routes.hpp"

namespace partwise::test {
namespace {

std::string path_of(const api::Route& route, const std::string& id,
                    std::string_view mount = "/v1") {
  std::string path = api::stands_below_mounts(route.access) ? std::string(mount) : std::string();
  path += route.pattern;
  if (const auto open = path.find('{'); open != std::string::npos) {
    path.replace(open, path.find('}') - open + 1, id);
  }
  return path;
}

bool has_id(const api::Route& route) { return route.pattern.find('{') != std::string_view::npos; }
bool is_upload_route(const api::Route& route) { return route.pattern.starts_with("/uploads"); }

// A request that is right in all but its id.
HttpRequest request_of(const api::Route& route, const std::string& path) {
  HttpRequest request{.method = std::string(route.method), .target = path};
  if (route.name == "create_upload") {
    request.body = R"({"filename":"a","purpose":"vision","mime_type":"x","bytes":0})";
  }
  if (route.name == "create_key") request.body = R"({"project":"made"})";
  if (route.name == "complete_upload") request.body = part_ids_json({});
  if (route.name == "add_part") {
    request.body = form_of("x");
    request.with("Content-Type", "multipart/form-data; boundary=B");
  }
  return request;
}

// With every id of one kind taken out, so that answers about two objects can be compared.
std::string without(std::string text, const std::string& id) {
  for (auto at = text.find(id); at != std::string::npos; at = text.find(id)) {
    text.replace(at, id.size(), "ID");
  }
  return text;
}

// "A key sees only its own project: a foreign id is a 404." The same one, to the letter, as that of
// an id that nobody has; for whoever may not use the route at all it is the same refusal.
TEST(EveryRoute, AForeignIdIsAnUnknownIdWhateverTheRole) {
  const ApiHarness api;
  const std::string upload = api.create_upload(1);
  const std::string file = api.create_file("x");
  const std::string key =
      Json(api.send_as(ApiHarness::kAdminKey,
                       {.method = "POST", .target = "/v1/keys", .body = R"({"project":"default"})"})
               .body)
          .text("id");
  const auto ids = [&](const api::Route& route) -> std::pair<std::string, std::string> {
    if (is_upload_route(route)) return {upload, "upload_00000000000000000000000000000000"};
    if (route.pattern.starts_with("/files")) return {file, "file-0000000000000000000000"};
    if (route.pattern.starts_with("/keys")) return {key, "key_000000000000000000000000"};
    ADD_FAILURE() << "an object of every kind with an id must be made here: " << route.pattern;
    return {};
  };
  for (const api::Route& route : api::routes()) {
    if (!has_id(route)) continue;
    const auto [foreign, unknown] = ids(route);
    for (const std::string_view asking : {ApiHarness::kOtherKey, ApiHarness::kAdminKey}) {
      const bool may = route.access == api::Access::key;
      if (!may && asking == ApiHarness::kAdminKey) continue;  // Sees those of all projects.
      const auto of_foreign = api.send_as(asking, request_of(route, path_of(route, foreign)));
      const auto of_unknown = api.send_as(asking, request_of(route, path_of(route, unknown)));
      EXPECT_EQ(of_foreign.status, may ? 404 : 403) << route.name;
      EXPECT_EQ(of_unknown.status, of_foreign.status) << route.name;
      EXPECT_EQ(without(of_foreign.body, foreign), without(of_unknown.body, unknown)) << route.name;
    }
  }
  EXPECT_EQ(Json(api.send_as(ApiHarness::kAdminKey, {.target = "/v1/keys"}).body)
                .texts("data", "revoked_at"),
            std::vector<std::string>(4))
      << "nobody's key was revoked";
  EXPECT_EQ(Json(api.get("/v1/uploads/" + upload).body).text("status"), "pending");
  EXPECT_EQ(api.get("/v1/files/" + file + "/content").body, "x");
}

// "usage and keys of all projects": the other roles learn that they may not, and nothing else.
TEST(EveryRoute, OfAdministratorsRefusesEveryOtherRole) {
  const ApiHarness api;
  int tried = 0;
  for (const api::Route& route : api::routes()) {
    if (!api::needs_admin(route.access)) continue;
    for (const std::string_view asking : {ApiHarness::kKey, ApiHarness::kServiceKey}) {
      const auto reply = api.send_as(asking, request_of(route, path_of(route, "x")));
      EXPECT_EQ(reply.status, 403) << route.name;
      EXPECT_NE(Json(reply.body).text("error.message").find("the role admin"), std::string::npos);
      ++tried;
    }
  }
  EXPECT_GE(tried, 6);
}

// Identifiers: "Foreign or odd ids are opaque: unknown -> 404, never 400, never a crash, never a
// path."
TEST(EveryRoute, AnOddIdIsNotFound) {
  const ApiHarness api;
  const std::string ids[] = {"x",
                             "upload_",
                             "file-",
                             ".",
                             "..",
                             "%2e%2e",
                             "..%2F..%2Fetc%2Fpasswd",
                             "%00",
                             "%FF%FE",
                             "%C3%A9",
                             "\xC3\xA9",
                             "%E2%82",
                             "%",
                             "%zz",
                             "a%0d%0ab",
                             "'%20OR%201=1--",
                             "null",
                             "0",
                             "-1",
                             "{upload_id}",
                             "+",
                             "%20",
                             "upload_00000000000000000000000000000000",
                             "UPLOAD_00000000000000000000000000000000",
                             "upload_0000000000000000000000000000000g",
                             "upload_00000000000000000000000000000000%00",
                             "file-0000000000000000000000",
                             "file-000000000000000000000%2F",
                             std::string(5000, 'x'),
                             std::string(1000, '%')};
  for (const api::Route& route : api::routes()) {
    if (!has_id(route)) continue;
    const auto ask = [&](const std::string& id) {
      const auto key = api::needs_admin(route.access) ? ApiHarness::kAdminKey : ApiHarness::kKey;
      return api.send_as(key, request_of(route, path_of(route, id)));
    };
    for (const std::string& id : ids) {
      const auto reply = ask(id);
      EXPECT_EQ(reply.status, 404) << route.name << " " << id;
      if (route.method == "HEAD" || api::needs_admin(route.access)) continue;
      const std::string prefix =
          is_upload_route(route) ? "No such Upload object: " : "No such File object: ";
      EXPECT_TRUE(Json(reply.body).text("error.message").starts_with(prefix)) << reply.body;
      EXPECT_EQ(Json(reply.body).text("error.param"), is_upload_route(route) ? "upload_id" : "id");
    }
    EXPECT_EQ(ask("").status, 404) << route.name;
    EXPECT_EQ(ask("a/b").status, 404) << route.name;
  }
}

// Authentication: missing and wrong keys.
TEST(EveryRoute, NeedsAKeyBelowTheMounts) {
  const ApiHarness api;
  for (const api::Route& route : api::routes()) {
    const bool open = route.access == api::Access::open;
    HttpClient client(api.port());
    const auto missing = client.exchange(request_of(route, path_of(route, "x")));
    EXPECT_EQ(missing.status, open ? 200 : 401) << route.name;
    HttpRequest wrong = request_of(route, path_of(route, "x"));
    wrong.with("Authorization", "Bearer wrong-key");
    const auto refused = api.send(wrong);
    EXPECT_EQ(refused.status, open ? 200 : 401) << route.name;
    if (open || route.method == "HEAD") continue;
    EXPECT_TRUE(
        Json(missing.body).text("error.message").starts_with("You didn't provide an API key. "));
    EXPECT_TRUE(Json(missing.body).is_null("error.code"));
    EXPECT_TRUE(
        Json(refused.body).text("error.message").starts_with("Incorrect API key provided: "));
    EXPECT_EQ(Json(refused.body).text("error.code"), "invalid_api_key");
    EXPECT_EQ(Json(refused.body).text("error.type"), "invalid_request_error");
    EXPECT_EQ(refused.body.find("wrong-key"), std::string::npos);
  }
}

// A key that names nobody now, and how it stands in a request.
struct Refused {
  std::string_view kind;
  std::string_view header;
  std::string value;
};

// Keys that were good once, and what looks like a key. All are of the role admin, so that it is not
// the role that refuses.
std::vector<Refused> refused_keys(ApiHarness& api) {
  const auto make = [&](std::string_view ttl) {
    const std::string body = R"({"project":"default","role":"admin")" + std::string(ttl) + "}";
    return Json(
        api.send_as(ApiHarness::kAdminKey, {.method = "POST", .target = "/v1/keys", .body = body})
            .body);
  };
  const Json revoked = make("");
  const Json expired = make(R"(,"expires_in":60)");
  EXPECT_EQ(api.send_as(expired.text("key"), {.target = "/v1/keys"}).status, 200);
  EXPECT_EQ(api.send_as(ApiHarness::kAdminKey,
                        {.method = "DELETE", .target = "/v1/keys/" + revoked.text("id")})
                .status,
            200);
  api.clock().advance(std::chrono::seconds{61});
  const std::string good(ApiHarness::kAdminKey);
  return {{"revoked", "Authorization", "Bearer " + revoked.text("key")},
          {"expired", "Authorization", "Bearer " + expired.text("key")},
          {"revoked, of Azure", "api-key", revoked.text("key")},
          {"wrong", "Authorization", "Bearer pw-" + std::string(48, 'a')},
          {"one character less", "Authorization", "Bearer " + good.substr(0, good.size() - 1)},
          {"one character more", "Authorization", "Bearer " + good + "x"},
          {"in upper case", "Authorization", "Bearer PW" + good.substr(2)},
          {"twice", "Authorization", "Bearer " + good + " " + good},
          {"without a scheme", "Authorization", good},
          {"of another scheme", "Authorization", "Digest " + good},
          {"behind a tab", "Authorization", "Bearer\t" + good},
          {"in quotes", "Authorization", "Bearer \"" + good + "\""},
          {"as Basic, not encoded", "Authorization", "Basic " + good},
          {"as Basic, without a colon", "Authorization", "Basic cHctYWRtaW4="},
          {"empty", "Authorization", "Bearer "},
          {"empty, of Azure", "api-key", ""}};
}

TEST(EveryRoute, RefusesEveryKeyThatIsNotValidNow) {
  ApiHarness api;
  const std::string upload = api.create_upload(1);
  const std::string file = api.create_file("secret content");
  const std::size_t blobs = api.blob_count();
  for (const Refused& refused : refused_keys(api)) {
    for (const api::Route& route : api::routes()) {
      if (route.access == api::Access::open) continue;
      const std::string& id = is_upload_route(route) ? upload : file;
      HttpRequest request = request_of(route, path_of(route, id));
      request.with(std::string(refused.header), refused.value);
      HttpClient client(api.port());
      const auto reply = client.exchange(request);
      EXPECT_EQ(reply.status, 401) << refused.kind << " " << route.name;
      EXPECT_EQ(reply.body.find("secret"), std::string::npos) << refused.kind << " " << route.name;
      EXPECT_EQ(reply.body.find(file), std::string::npos) << refused.kind << " " << route.name;
      if (refused.value.size() < 10) continue;
      EXPECT_EQ(reply.body.find(refused.value.substr(7)), std::string::npos) << refused.kind;
    }
  }
  EXPECT_EQ(api.blob_count(), blobs);
  EXPECT_EQ(Json(api.get("/v1/uploads/" + upload).body).text("status"), "pending");
  EXPECT_EQ(api.get("/v1/files/" + file + "/content").body, "secret content");
}

// Whoever adds a route that needs no key says so here too.
TEST(EveryRoute, ThatNeedsNoKeyIsNamedHere) {
  std::vector<std::string_view> open;
  for (const api::Route& route : api::routes()) {
    if (route.access == api::Access::open) open.push_back(route.name);
  }
  EXPECT_EQ(open, (std::vector<std::string_view>{"get_health", "head_health", "get_readiness",
                                                 "head_readiness", "get_description",
                                                 "head_description"}));
}

// Routes without an id: lists and figures are those of the project that asks.
TEST(EveryRoute, WithoutAnIdTellsNothingOfAnotherProject) {
  const ApiHarness api;
  const std::string secrets[] = {api.create_upload(7), api.create_file("x"),
                                 api.post_file("user_data", "y")};
  for (const api::Route& route : api::routes()) {
    if (has_id(route) || route.method != "GET" || route.access != api::Access::key) continue;
    const auto own = api.send(request_of(route, path_of(route, "")));
    const auto foreign = api.send_as(ApiHarness::kOtherKey, request_of(route, path_of(route, "")));
    EXPECT_EQ(foreign.status, 200) << route.name;
    EXPECT_NE(own.body, foreign.body)
        << route.name << " shows nothing, so that this proves nothing";
    for (const std::string& secret : secrets) {
      EXPECT_EQ(foreign.body.find(secret), std::string::npos) << route.name;
      const auto after = api.send_as(ApiHarness::kOtherKey,
                                     request_of(route, path_of(route, "") + "?after=" + secret));
      EXPECT_EQ(after.body.find("\"data\":[{"), std::string::npos) << route.name;
    }
  }
}

// Authentication: "done once, before routing": who has no key learns nothing of the table.
TEST(EveryRoute, WithoutAKeyUnknownPathsAndMethodsLookLikeKnownOnes) {
  const ApiHarness api;
  for (const HttpRequest& request :
       {HttpRequest{.target = "/v1/x"}, HttpRequest{.target = "/openai/x"},
        HttpRequest{.method = "PUT", .target = "/v1/uploads"}}) {
    HttpClient client(api.port());
    EXPECT_EQ(client.exchange(request).status, 401) << request.target;
  }
}

TEST(EveryRoute, StandsBelowEveryMount) {
  const ApiHarness api;
  const std::string upload = api.create_upload(1);
  for (const std::string_view mount : api::mounts()) {
    EXPECT_EQ(api.get(std::string(mount) + "/uploads/" + upload + "?api-version=2024-10-21").status,
              200)
        << mount;
  }
}

TEST(EveryRoute, TakesTheKeyInEveryDialect) {
  const ApiHarness api;
  for (const auto& [name, value] :
       {std::pair{"Authorization", "bearer pw-key-of-default"},
        std::pair{"Authorization", "Basic dXNlcjpwdy1rZXktb2YtZGVmYXVsdA=="},
        std::pair{"api-key", "pw-key-of-default"}}) {
    EXPECT_EQ(api.send(HttpRequest{.target = "/v1/uploads"}.with(name, value)).status, 200)
        << value;
  }
}

// "wrong method: 405 with `Allow`".
TEST(EveryRoute, AnotherMethodIsNotAllowed) {
  const ApiHarness api;
  for (const api::Route& route : api::routes()) {
    const auto reply = api.send({.method = "PATCH", .target = path_of(route, "x")});
    EXPECT_EQ(reply.status, 405) << route.name;
    EXPECT_NE((", " + reply.header("allow") + ", ").find(", " + std::string(route.method) + ", "),
              std::string::npos)
        << reply.header("allow");
    EXPECT_EQ(Json(reply.body).text("error.type"), "invalid_request_error");
  }
}

// "unknown URL: 404 `Invalid URL (GET /v1/x)`".
TEST(EveryRoute, AnUnknownUrlIsQuoted) {
  const ApiHarness api;
  const auto reply = api.get("/v1/x?y=z");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body,
            R"x({"error":{"message":"Invalid URL (GET /v1/x)","type":"invalid_request_error",)x"
            R"("param":null,"code":null}})");
  EXPECT_EQ(api.get("/").status, 404);
  EXPECT_EQ(api.get("/v1").status, 404);
  EXPECT_EQ(api.get("/uploads").status, 404);
}

// Headers: on every response; on success.
TEST(EveryRoute, AnswersCarryTheirHeaders) {
  const ApiHarness api;
  for (const std::string path : {"/v1/uploads", "/v1/uploads/x", "/v1/x", "/healthz", "/x"}) {
    const auto reply = api.get(path);
    EXPECT_TRUE(reply.header("x-request-id").starts_with("req_")) << path;
    EXPECT_EQ(reply.header("cache-control"), "private, no-store");
    EXPECT_EQ(reply.header("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(reply.header("content-type"), "application/json") << path;
    const bool success = path == "/v1/uploads";
    EXPECT_EQ(reply.header("openai-version"), success ? "2020-10-01" : "") << path;
    EXPECT_EQ(reply.header("openai-project"), success ? "default" : "") << path;
    EXPECT_EQ(reply.has_header("openai-organization"), success) << path;
    EXPECT_EQ(reply.has_header("openai-processing-ms"), success) << path;
  }
}

TEST(EveryRoute, AMalformedHeadIsAnOpenAiError) {
  const ApiHarness api;
  HttpClient client(api.port());
  ASSERT_TRUE(client.send("GET /v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"));
  const auto reply = client.read_reply();
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json(reply.body).keys("error"),
            (std::vector<std::string>{"message", "type", "param", "code"}));
  EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
}

}  // namespace
}  // namespace partwise::test
