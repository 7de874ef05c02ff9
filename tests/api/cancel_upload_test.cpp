// POST /v1/uploads/{upload_id}/cancel

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

class CancelUpload : public testing::Test {
 protected:
  HttpReply cancel(const std::string& body = {}) {
    return api.post("/v1/uploads/" + upload + "/cancel", body);
  }
  ApiHarness api;
  const std::string upload = api.create_upload(5);
};

// "cancel pending: 200, status `cancelled`"; `file` is absent, `expires_at` does not change.
TEST_F(CancelUpload, AnswersTheCancelledUpload) {
  const std::string pending = api.get("/v1/uploads/" + upload).body;
  const auto reply = cancel();
  EXPECT_EQ(reply.status, 200);
  std::string expected = pending;
  expected.replace(expected.find("pending"), 7, "cancelled");
  EXPECT_EQ(reply.body, expected);
}

// "cancel again: 200, the same object"; readable afterwards.
TEST_F(CancelUpload, AReplayGetsTheSameObject) {
  const auto first = cancel();
  api.clock().advance(std::chrono::seconds(7200));
  EXPECT_EQ(cancel().status, 200);
  EXPECT_EQ(cancel().body, first.body);
  EXPECT_EQ(api.get("/v1/uploads/" + upload).body, first.body);
}

// "Cancel with no body, `Content-Length: 0`, no content type, or `{}`".
TEST_F(CancelUpload, EveryBodyThatClientsSendIsAccepted) {
  for (const std::string body : {"", "{}", "null", "[", "a=b", "\xFF"}) {
    EXPECT_EQ(cancel(body).status, 200) << body;
  }
  const std::string path = "/v1/uploads/" + upload + "/cancel";
  EXPECT_EQ(
      api.send(HttpRequest{.method = "POST", .target = path}.with("Content-Length", "0")).status,
      200);
  HttpRequest typed{
      .method = "POST", .target = path, .headers = {{"Content-Type", "image/png"}}, .body = "{}"};
  EXPECT_EQ(api.send(typed).status, 200);
  HttpRequest chunked{.method = "POST",
                      .target = path,
                      .headers = {{"Transfer-Encoding", "chunked"}},
                      .body = "2\r\n{}\r\n0\r\n\r\n"};
  EXPECT_EQ(api.send(chunked).status, 200);
  EXPECT_EQ(cancel(std::string(200'000, 'x')).status, 200);
}

TEST_F(CancelUpload, ABodyThatComesLaterLeavesTheConnectionUsable) {
  HttpRequest request{
      .method = "POST", .target = "/v1/uploads/" + upload + "/cancel", .body = "{}"};
  request.with("Authorization", "Bearer " + std::string(ApiHarness::kKey));
  HttpClient client(api.port());
  ASSERT_TRUE(client.send(request.head()));
  ASSERT_TRUE(client.send("{"));
  ASSERT_TRUE(client.send("}"));
  EXPECT_EQ(client.read_reply().status, 200);
  EXPECT_EQ(client.exchange(request).status, 200);
}

// "cancel completed / expired: 400, the state named".
TEST_F(CancelUpload, AnUploadThatEndedOtherwiseIsRefused) {
  const std::string completed = api.create_upload(0);
  ASSERT_EQ(api.post("/v1/uploads/" + completed + "/complete", part_ids_json({})).status, 200);
  const auto reply = api.post("/v1/uploads/" + completed + "/cancel");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json(reply.body).text("error.message"),
            "Upload " + completed + " is not pending (status: completed).");
  api.clock().advance(std::chrono::seconds(3600));
  EXPECT_EQ(cancel().status, 400);
  EXPECT_EQ(Json(cancel().body).text("error.message"),
            "Upload " + upload + " is not pending (status: expired).");
}

TEST_F(CancelUpload, NothingOfTheUploadIsListedOrChangedAfterwards) {
  const std::string part = api.add_part(upload, "hello");
  ASSERT_EQ(cancel().status, 200);
  EXPECT_TRUE(Json(api.get("/v1/uploads/" + upload + "/parts").body).texts("data", "id").empty());
  EXPECT_EQ(api.post("/v1/uploads/" + upload + "/complete", part_ids_json({part})).status, 400);
  EXPECT_EQ(api.send(part_request(upload, form_of("hello"))).status, 400);
}

}  // namespace
}  // namespace partwise::test
