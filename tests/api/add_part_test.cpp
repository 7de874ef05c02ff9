// POST /v1/uploads/{upload_id}/parts

#include <gtest/gtest.h>

#include "api/harness.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"

namespace partwise::test {
namespace {

constexpr std::string_view kHelloMd5 = "5d41402abc4b2a76b9719d911017c592";

void expect_refused(const HttpReply& reply, int status, std::string_view message,
                    std::string_view param) {
  EXPECT_EQ(reply.status, status);
  EXPECT_EQ(Json(reply.body).text("error.message"), message);
  EXPECT_EQ(Json(reply.body).text("error.param"), param);
}

// A part whose head and first bytes are sent, and whose rest is held back.
class HeldPart {
 public:
  HeldPart(const ApiHarness& api, const std::string& upload_id, std::string_view data)
      : client_(api.port()) {
    const std::string form = form_of(data);
    const std::size_t held_from = form.size() - data.size() / 2 - 8;
    rest_ = form.substr(held_from);
    HttpRequest request = part_request(upload_id, form);
    request.with("Authorization", "Bearer " + std::string(ApiHarness::kKey));
    EXPECT_TRUE(client_.send(request.head() + form.substr(0, held_from)));
    api.await_streams(upload_id, 1);
  }
  bool release() { return client_.send(rest_); }
  HttpClient& client() { return client_; }

 private:
  HttpClient client_;
  std::string rest_;
};

// Objects: "Part".
TEST(AddPart, AnswersThePart) {
  ApiHarness api;
  const std::string upload = api.create_upload(5);
  const auto reply = api.send(part_request(upload, form_of("hello")));
  EXPECT_EQ(reply.status, 200);
  const Json json(reply.body);
  EXPECT_EQ(json.keys(), (std::vector<std::string>{"id", "object", "created_at", "upload_id"}));
  EXPECT_TRUE(json.text("id").starts_with("part_6553f100")) << reply.body;
  EXPECT_EQ(json.text("id").size(), 5U + 32U);
  EXPECT_EQ(json.text("object"), "upload.part");
  EXPECT_EQ(json.number("created_at"), unix_seconds(api.clock().now()));
  EXPECT_EQ(json.text("upload_id"), upload);
}

// "a part of zero bytes is accepted".
TEST(AddPart, APartOfZeroBytesIsAccepted) {
  const ApiHarness api;
  EXPECT_NE(api.add_part(api.create_upload(5), ""), "");
}

// "Optional md5 / sha256 form fields on a part".
TEST(AddPart, DigestsThatMatchAreAcceptedBeforeAndAfterTheData) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  const std::string sha = to_hex(sha256(as_bytes("hello")));
  for (const auto& form :
       {form_field("md5", kHelloMd5) + form_field("sha256", sha) + form_of("hello"),
        form_field("data", "hello") + form_field("sha256", sha) + form_field("md5", kHelloMd5) +
            "--B--\r\n"}) {
    EXPECT_EQ(api.send(part_request(upload, form)).status, 200);
  }
}

TEST(AddPart, ADigestThatDoesNotMatchStoresNothing) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  for (const auto& form :
       {form_field("md5", kHelloMd5) + form_of("HELLO"),
        form_field("data", "HELLO") + form_field("md5", kHelloMd5) + "--B--\r\n"}) {
    const auto reply = api.send(part_request(upload, form));
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(Json(reply.body).text("error.param"), "md5");
  }
  EXPECT_EQ(Json(api.get("/v1/uploads/" + upload + "/parts").body).texts("data", "id").size(), 0U);
}

// "missing field: likewise 'data'; two `data` fields: 400".
TEST(AddPart, NeedsExactlyOneFieldOfData) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  expect_refused(api.send(part_request(upload, form_field("file", "hello") + "--B--\r\n")), 400,
                 "'data' is a required property", "data");
  expect_refused(api.send(part_request(upload, form_field("data", "a") + form_of("b"))), 400,
                 "The form has two fields 'data'. Send each of them in a request of its own.",
                 "data");
  EXPECT_EQ(api.staged_count(), 0U);
}

TEST(AddPart, ABodyThatIsNoFormIsRefused) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  for (const std::string type :
       {"application/json", "", "multipart/form-data", "multipart/mixed; boundary=B"}) {
    HttpRequest request = part_request(upload, form_of("hello"));
    request.headers.clear();
    if (!type.empty()) request.with("Content-Type", type);
    const auto reply = api.send(request);
    EXPECT_EQ(reply.status, 400) << type;
    EXPECT_NE(Json(reply.body).text("error.message").find("multipart/form-data"), std::string::npos)
        << reply.body;
  }
}

TEST(AddPart, AFormThatEndsEarlyIsRefused) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  EXPECT_EQ(api.send(part_request(upload, form_field("data", "hello"))).status, 400);
  EXPECT_EQ(api.send(part_request(upload, "")).status, 400);
  EXPECT_EQ(api.blob_count() + api.staged_count(), 0U);
}

// Limits: "a part larger than the declared `bytes`: 400 at add time; the check is not cumulative".
TEST(AddPart, APartLargerThanTheUploadIsRefused) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  EXPECT_EQ(api.send(part_request(upload, form_of("hello!"))).status, 400);
  EXPECT_EQ(api.send(part_request(upload, form_of("hello"))).status, 200);
  EXPECT_EQ(api.send(part_request(upload, form_of("HELLO"))).status, 200);
}

// Limits: "one part: inclusive; over it 413".
TEST(AddPart, APartOverTheLimitIsTooLarge) {
  ApiHarnessOptions options;
  options.core.part_bytes_max = options.api.part_bytes_max = 1000;
  options.api.form_overhead_bytes_max = 500;
  const ApiHarness api(options);
  const std::string upload = api.create_upload(1'000'000);
  EXPECT_EQ(api.send(part_request(upload, form_of(std::string(1000, 'x')))).status, 200);
  EXPECT_EQ(api.send(part_request(upload, form_of(std::string(1001, 'x')))).status, 413);
  EXPECT_EQ(api.send(part_request(upload, form_of(std::string(5000, 'x')))).status, 413);
  HttpRequest chunked = part_request(
      upload, "1000\r\n" + form_of(std::string(4096, 'x')).substr(0, 4096) + "\r\n0\r\n\r\n");
  EXPECT_EQ(api.send(chunked.with("Transfer-Encoding", "chunked")).status, 413);
}

// "add part to a cancelled upload: 400, said before the body is read where it is already true".
TEST(AddPart, AnEndedUploadRefusesThePartBeforeItsBody) {
  ApiHarness api;
  const std::string cancelled = api.create_upload(5);
  ASSERT_EQ(api.post("/v1/uploads/" + cancelled + "/cancel").status, 200);
  const std::string completed = api.create_upload(0);
  ASSERT_EQ(api.post("/v1/uploads/" + completed + "/complete", part_ids_json({})).status, 200);
  const std::string expired = api.create_upload(5);
  api.clock().advance(std::chrono::seconds(3600));
  for (const auto& [id, status] :
       {std::pair{cancelled, "cancelled"}, std::pair{completed, "completed"},
        std::pair{expired, "expired"}}) {
    HttpClient client(api.port());
    HttpRequest request = part_request(id, {});
    request.with("Authorization", "Bearer " + std::string(ApiHarness::kKey));
    request.with("Content-Length", "1000").with("Expect", "100-continue");
    ASSERT_TRUE(client.send(request.head()));
    const auto reply = client.read_reply();
    expect_refused(reply, 400, "Upload " + id + " is not pending (status: " + status + ").", "");
    EXPECT_EQ(reply.header("connection"), "close");
  }
}

// Retries: "a part may arrive twice (two ids, one used)".
TEST(AddPart, TheSamePartTwiceHasTwoIds) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  const std::string first = api.add_part(upload, "hello");
  const std::string second = api.add_part(upload, "hello");
  EXPECT_NE(first, second);
  const auto reply = api.post("/v1/uploads/" + upload + "/complete", part_ids_json({second}));
  EXPECT_EQ(Json(reply.body).text("status"), "completed");
}

// Requests: "`Expect: 100-continue`".
TEST(AddPart, AsksForTheBodyOfAnAdmittedPart) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  HttpRequest request = part_request(upload, form_of("hello"));
  request.with("Authorization", "Bearer " + std::string(ApiHarness::kKey))
      .with("Expect", "100-continue");
  HttpClient client(api.port());
  ASSERT_TRUE(client.send(request.head()));
  EXPECT_EQ(client.read_interim(), 100);
  ASSERT_TRUE(client.send(request.body));
  EXPECT_EQ(client.read_reply().status, 200);
}

TEST(AddPart, TheFormMayArriveByteByByteAndChunked) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  const std::string form = form_field("x", "y") + form_of("hello");
  HttpRequest request = part_request(upload, {});
  request.with("Authorization", "Bearer " + std::string(ApiHarness::kKey));
  request.with("Transfer-Encoding", "chunked");
  HttpClient client(api.port());
  ASSERT_TRUE(client.send(request.head()));
  for (const char c : form) ASSERT_TRUE(client.send(std::string("1\r\n") + c + "\r\n"));
  ASSERT_TRUE(client.send("0\r\n\r\n"));
  EXPECT_EQ(client.read_reply().status, 200);
}

// "Cancel is final": a part in flight is cut, answers 400 with the reason, and leaves nothing.
TEST(AddPart, ACancelCutsAPartInFlight) {
  const ApiHarness api;
  const std::string upload = api.create_upload(100'000);
  HeldPart held(api, upload, std::string(100'000, 'x'));
  EXPECT_EQ(api.post("/v1/uploads/" + upload + "/cancel").status, 200);
  expect_refused(held.client().read_reply(), 400,
                 "Upload " + upload + " is not pending (status: cancelled).", "");
  (void)held.release();  // Read and discarded, or not taken at all: both are right.
  api.await_streams(upload, 0);
  EXPECT_EQ(api.blob_count() + api.staged_count(), 0U);
}

TEST(AddPart, ACompleteCutsAPartInFlight) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  const std::string part = api.add_part(upload, "hello");
  HeldPart held(api, upload, "HELLO");
  EXPECT_EQ(api.post("/v1/uploads/" + upload + "/complete", part_ids_json({part})).status, 200);
  expect_refused(held.client().read_reply(), 400,
                 "Upload " + upload + " is not pending (status: completed).", "");
}

// "a client may close in the middle".
TEST(AddPart, AClientThatGoesAwayLeavesNothing) {
  const ApiHarness api;
  const std::string upload = api.create_upload(100'000);
  {
    const HeldPart held(api, upload, std::string(100'000, 'x'));
  }
  api.await_streams(upload, 0);
  EXPECT_EQ(api.blob_count() + api.staged_count(), 0U);
  EXPECT_EQ(Json(api.get("/v1/uploads/" + upload).body).text("status"), "pending");
}

TEST(AddPart, AHeldPartIsAcceptedOnceItIsWhole) {
  const ApiHarness api;
  const std::string upload = api.create_upload(100'000);
  HeldPart held(api, upload, std::string(100'000, 'x'));
  ASSERT_TRUE(held.release());
  EXPECT_EQ(held.client().read_reply().status, 200);
  api.await_streams(upload, 0);
}

}  // namespace
}  // namespace partwise::test
