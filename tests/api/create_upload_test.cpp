// POST /v1/uploads

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

std::string body_with(std::string_view member, std::string_view value) {
  std::string json =
      R"({"filename":"a.jsonl","purpose":"fine-tune","mime_type":"text/jsonl","bytes":8})";
  const std::size_t at = json.find("\"" + std::string(member) + "\":");
  if (at == std::string::npos) {
    json.insert(1, "\"" + std::string(member) + "\":" + std::string(value) + ",");
    return json;
  }
  const std::size_t start = at + member.size() + 3;
  const std::size_t end = json.find_first_of(",}", start);
  return json.replace(start, end - start, value);
}

void expect_refused(const HttpReply& reply, std::string_view message, std::string_view param) {
  EXPECT_EQ(reply.status, 400);
  const Json json(reply.body);
  EXPECT_EQ(json.text("error.message"), message);
  EXPECT_EQ(json.text("error.param"), param);
  EXPECT_EQ(json.text("error.type"), "invalid_request_error");
  EXPECT_TRUE(json.is_null("error.code"));
}

// Objects: "Upload, pending": seven keys and the status, in this order; `mime_type` is not echoed.
TEST(CreateUpload, AnswersThePendingUpload) {
  const ApiHarness api;
  const auto reply =
      api.post("/v1/uploads", body_with("filename", "\"\xC3\xA9 \xE6\x97\xA5.jsonl\""));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-type"), "application/json");
  const Json json(reply.body);
  EXPECT_EQ(json.keys(), (std::vector<std::string>{"id", "object", "bytes", "created_at",
                                                   "filename", "purpose", "status", "expires_at"}));
  EXPECT_EQ(json.text("object"), "upload");
  EXPECT_EQ(json.number("bytes"), 8);
  EXPECT_EQ(json.text("filename"), "\xC3\xA9 \xE6\x97\xA5.jsonl");
  EXPECT_EQ(json.text("purpose"), "fine-tune");
  EXPECT_EQ(json.text("status"), "pending");
}

// "Upload `expires_at` = `created_at` + 3600 exactly", and ids carry their second.
TEST(CreateUpload, ExpiresInAnHourAndItsIdCarriesItsSecond) {
  ApiHarness api;
  const Json json(api.post("/v1/uploads", body_with("bytes", "8")).body);
  EXPECT_EQ(json.number("created_at"), unix_seconds(api.clock().now()));
  EXPECT_EQ(json.number("expires_at"), json.number("created_at") + 3600);
  const std::string id = json.text("id");
  ASSERT_EQ(id.size(), 7U + 32U);
  EXPECT_TRUE(id.starts_with("upload_6553f100")) << id;  // 1 700 000 000.
}

// Requests: "JSON body with any or no Content-Type".
TEST(CreateUpload, TakesJsonUnderAnyContentType) {
  const ApiHarness api;
  for (const std::string type : {"", "application/json", "application/json; charset=utf-8",
                                 "application/x-www-form-urlencoded", "text/plain", "x"}) {
    HttpRequest request{.method = "POST", .target = "/v1/uploads", .body = body_with("bytes", "8")};
    if (!type.empty()) request.with("Content-Type", type);
    EXPECT_EQ(api.send(request).status, 200) << type;
  }
}

// Requests: "`mime_type` any string", "`bytes` from 0".
TEST(CreateUpload, TakesAnyMimeTypeAndNoBytes) {
  const ApiHarness api;
  EXPECT_EQ(api.post("/v1/uploads", body_with("mime_type", R"("mime_type")")).status, 200);
  EXPECT_EQ(api.post("/v1/uploads", body_with("mime_type", R"("pdf")")).status, 200);
  EXPECT_EQ(api.post("/v1/uploads", body_with("bytes", "0")).status, 200);
}

// Limits: one upload, 8 GiB.
TEST(CreateUpload, RefusesMoreThanTheMaximum) {
  const ApiHarness api;
  EXPECT_EQ(api.post("/v1/uploads", body_with("bytes", "8589934592")).status, 200);
  expect_refused(api.post("/v1/uploads", body_with("bytes", "8589934593")),
                 "8589934593 is greater than the maximum of 8589934592 - 'bytes'", "bytes");
}

// "bad purpose".
TEST(CreateUpload, RefusesAnUnknownPurposeWithTheListOfTheLiveService) {
  const ApiHarness api;
  const std::string message =
      "is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - "
      "'purpose'";
  expect_refused(api.post("/v1/uploads", body_with("purpose", R"("x")")), "'x' " + message,
                 "purpose");
  expect_refused(api.post("/v1/uploads", body_with("purpose", R"("batch_output")")),
                 "'batch_output' " + message, "purpose");
}

// "missing field".
TEST(CreateUpload, RefusesAMissingField) {
  const ApiHarness api;
  expect_refused(api.post("/v1/uploads", R"({"filename":"a","bytes":1,"mime_type":"x"})"),
                 "'purpose' is a required property", "purpose");
}

// "unparsable JSON".
TEST(CreateUpload, RefusesWhatIsNoJson) {
  const ApiHarness api;
  for (const std::string body : {"{", "", "bytes=8", "\xFF", "{} x", R"({"bytes":1,"bytes":2})"}) {
    const auto reply = api.post("/v1/uploads", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_TRUE(Json(reply.body)
                    .text("error.message")
                    .starts_with("We could not parse the JSON body of your request. "))
        << reply.body;
  }
  EXPECT_EQ(api.post("/v1/uploads", std::string(100'000, '[')).status, 400);
}

// "`expires_after.seconds` outside 3600 ... 2 592 000; anchor".
TEST(CreateUpload, RefusesAnExpiryOutOfRange) {
  const ApiHarness api;
  const auto create = [&](const std::string& seconds, const std::string& anchor = "created_at") {
    return api.post(
        "/v1/uploads",
        body_with("expires_after", R"({"anchor":")" + anchor + R"(","seconds":)" + seconds + "}"));
  };
  EXPECT_EQ(create("3600").status, 200);
  EXPECT_EQ(create("2592000").status, 200);
  expect_refused(create("60"), "60 is less than the minimum of 3600 - 'expires_after.seconds'",
                 "expires_after.seconds");
  expect_refused(create("2592001"),
                 "2592001 is greater than the maximum of 2592000 - 'expires_after.seconds'",
                 "expires_after.seconds");
  expect_refused(create("3600", "now"),
                 "'now' is not one of ['created_at'] - 'expires_after.anchor'",
                 "expires_after.anchor");
}

TEST(CreateUpload, RefusesABodyBeyondTheLimitBeforeItIsSent) {
  const ApiHarness api;
  HttpClient client(api.port());
  ASSERT_TRUE(client.send("POST /v1/uploads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                          std::string(ApiHarness::kKey) +
                          "\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.read_interim(), 413);
}

TEST(CreateUpload, TakesAChunkedBody) {
  const ApiHarness api;
  const std::string json = body_with("bytes", "8");
  std::string chunked;
  for (const char c : json) chunked += std::string("1\r\n") + c + "\r\n";
  HttpRequest request{.method = "POST", .target = "/v1/uploads", .body = chunked + "0\r\n\r\n"};
  EXPECT_EQ(api.send(request.with("Transfer-Encoding", "chunked")).status, 200);
}

// Extensions: `Idempotency-Key`.
class IdempotentCreate : public testing::Test {
 protected:
  HttpReply create(const std::string& key, const std::string& json = body_with("bytes", "8")) {
    HttpRequest request{.method = "POST", .target = "/v1/uploads", .body = json};
    return api_.send(request.with("Idempotency-Key", key));
  }
  ApiHarness api_;
};

TEST_F(IdempotentCreate, TheSameRequestAgainIsAnsweredWithTheSameUpload) {
  const auto first = create("k-1");
  const auto again = create("k-1");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(create("k-1", " " + body_with("bytes", "8")).body, first.body);
  EXPECT_NE(create("k-2").body, first.body);
  const Json list(api_.get("/v1/uploads").body);
  EXPECT_EQ(list.texts("data", "id").size(), 2U);
}

TEST_F(IdempotentCreate, AnEndedUploadIsAnsweredAsItIs) {
  const std::string id = Json(create("k").body).text("id");
  EXPECT_EQ(api_.post("/v1/uploads/" + id + "/cancel").status, 200);
  const Json again(create("k").body);
  EXPECT_EQ(again.text("id"), id);
  EXPECT_EQ(again.text("status"), "cancelled");
}

TEST_F(IdempotentCreate, AnotherRequestUnderTheSameKeyIsRefused) {
  const auto first = create("k");
  const auto other = create("k", body_with("bytes", "9"));
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(Json(other.body).text("error.param"), "Idempotency-Key");
  EXPECT_EQ(create("k").body, first.body);
}

TEST_F(IdempotentCreate, ARefusedRequestLeavesItsKeyFree) {
  EXPECT_EQ(create("k", body_with("bytes", "-1")).status, 400);
  EXPECT_EQ(create("k").status, 200);
}

TEST_F(IdempotentCreate, AKeyIsRememberedForADayAndBelongsToItsProject) {
  const auto first = create("k");
  api_.clock().advance(std::chrono::hours(24) - std::chrono::seconds(1));
  EXPECT_EQ(Json(create("k").body).text("id"), Json(first.body).text("id"));
  api_.clock().advance(std::chrono::seconds(1));
  EXPECT_NE(Json(create("k").body).text("id"), Json(first.body).text("id"));
  HttpRequest foreign{.method = "POST", .target = "/v1/uploads", .body = body_with("bytes", "9")};
  foreign.with("Idempotency-Key", "k");
  foreign.with("Authorization", "Bearer " + std::string(ApiHarness::kOtherKey));
  EXPECT_EQ(api_.send(foreign).status, 200);
}

TEST_F(IdempotentCreate, AnOddKeyIsRefused) {
  EXPECT_EQ(create(std::string(255, 'k')).status, 200);
  EXPECT_EQ(create(std::string(256, 'k')).status, 400);
  EXPECT_EQ(create("k\xff").status, 400);
}

}  // namespace
}  // namespace partwise::test
