// POST /v1/uploads/{upload_id}/complete

#include <gtest/gtest.h>

#include "api/harness.hpp"
#include "base/hash.hpp"

namespace partwise::test {
namespace {

constexpr std::string_view kHelloMd5 = "5d41402abc4b2a76b9719d911017c592";

class CompleteUpload : public testing::Test {
 protected:
  HttpReply complete(const std::string& body) {
    return api.post("/v1/uploads/" + upload + "/complete", body);
  }
  HttpReply complete_with(const std::vector<std::string>& ids, std::string_view md5) {
    std::string body = part_ids_json(ids);
    body.insert(body.size() - 1, R"(,"md5":")" + std::string(md5) + "\"");
    return complete(body);
  }
  void expect_refused(const HttpReply& reply, std::string_view message, std::string_view param) {
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(Json(reply.body).text("error.message"), message);
    EXPECT_EQ(Json(reply.body).text("error.param"), param);
  }
  std::string status() { return Json(api.get("/v1/uploads/" + upload).body).text("status"); }

  ApiHarness api;
  const std::string upload = api.create_upload(5);
  const std::string hel = api.add_part(upload, "hel");
  const std::string lo = api.add_part(upload, "lo");
};

// Objects: "Upload, completed: the same 8 keys, then `file`", and "File".
TEST_F(CompleteUpload, AnswersTheUploadWithItsFile) {
  const auto reply = complete(part_ids_json({hel, lo}));
  EXPECT_EQ(reply.status, 200);
  const Json json(reply.body);
  EXPECT_EQ(json.keys(),
            (std::vector<std::string>{"id", "object", "bytes", "created_at", "filename", "purpose",
                                      "status", "expires_at", "file"}));
  EXPECT_EQ(json.keys("file"),
            (std::vector<std::string>{"object", "id", "purpose", "filename", "bytes", "created_at",
                                      "expires_at", "status", "status_details"}));
  EXPECT_EQ(json.text("status"), "completed");
  EXPECT_EQ(json.number("expires_at"), json.number("created_at") + 3600);
  EXPECT_TRUE(json.text("file.id").starts_with("file-"));
  EXPECT_EQ(json.text("file.id").size(), 5U + 22U);
  EXPECT_EQ(json.number("file.bytes"), 5);
  EXPECT_EQ(json.text("file.status"), "processed");
  EXPECT_TRUE(json.is_null("file.status_details"));
  EXPECT_TRUE(json.is_null("file.expires_at"));
}

// "The File of an Upload has `created_at` = the upload's `created_at`."
TEST_F(CompleteUpload, TheFileIsAsOldAsItsUpload) {
  api.clock().advance(std::chrono::seconds(100));
  const Json json(complete(part_ids_json({hel, lo})).body);
  EXPECT_EQ(json.number("file.created_at"), json.number("created_at"));
}

// "`purpose=batch` without `expires_after`: file `expires_at` = `created_at` + 2 592 000."
TEST_F(CompleteUpload, ABatchFileExpiresAfterThirtyDays) {
  const std::string batch = api.create_upload(0, "batch");
  const Json json(api.post("/v1/uploads/" + batch + "/complete", part_ids_json({})).body);
  EXPECT_EQ(json.number("file.expires_at"), json.number("created_at") + 2'592'000);
}

// "`expires_after` given at create anchors there."
TEST_F(CompleteUpload, AnExpiryThatWasAskedForCountsFromTheCreation) {
  const Json created(api.post("/v1/uploads",
                              R"({"filename":"a","purpose":"batch","mime_type":"x","bytes":0,)"
                              R"("expires_after":{"anchor":"created_at","seconds":7200}})")
                         .body);
  api.clock().advance(std::chrono::seconds(100));
  const Json json(
      api.post("/v1/uploads/" + created.text("id") + "/complete", part_ids_json({})).body);
  EXPECT_EQ(json.number("file.expires_at"), created.number("created_at") + 7200);
}

TEST_F(CompleteUpload, TheOrderOfThePartsIsThatOfTheList) {
  const Json json(complete(part_ids_json({lo, hel})).body);
  EXPECT_EQ(api.get("/v1/files/" + json.text("file.id") + "/content").body, "lohel");
}

// "complete: unknown, foreign or duplicate part id: 400, param `part_ids`, naming the id and its
// position".
TEST_F(CompleteUpload, UnknownForeignAndRepeatedPartsAreNamed) {
  expect_refused(complete(part_ids_json({hel, "part_x"})),
                 "part_ids[1]: no such part of this Upload: part_x.", "part_ids");
  const std::string foreign = api.add_part(api.create_upload(5), "lo");
  expect_refused(complete(part_ids_json({foreign, hel})),
                 "part_ids[0]: no such part of this Upload: " + foreign + ".", "part_ids");
  expect_refused(complete(part_ids_json({hel, hel})),
                 "part_ids[1]: the part " + hel + " is named twice.", "part_ids");
  EXPECT_EQ(status(), "pending");
}

// "complete: sum != `bytes`: 400, both numbers in the message; the upload stays pending".
TEST_F(CompleteUpload, ASumThatIsNotWhatWasDeclaredLeavesItPending) {
  const auto reply = complete(part_ids_json({hel}));
  EXPECT_EQ(reply.status, 400);
  const std::string message = Json(reply.body).text("error.message");
  EXPECT_NE(message.find(" 3 bytes"), std::string::npos) << message;
  EXPECT_NE(message.find(" 5 bytes"), std::string::npos) << message;
  EXPECT_EQ(status(), "pending");
  EXPECT_EQ(complete(part_ids_json({hel, lo})).status, 200);
}

// "complete: md5 differs: 400, param `md5`, both digests; stays pending"; hex in any case, or
// base64.
TEST_F(CompleteUpload, TheMd5IsCheckedInEveryDialect) {
  const auto reply = complete_with({lo, hel}, kHelloMd5);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json(reply.body).text("error.param"), "md5");
  const std::string message = Json(reply.body).text("error.message");
  EXPECT_NE(message.find(kHelloMd5), std::string::npos) << message;
  EXPECT_NE(message.find(to_hex(md5(as_bytes("lohel")))), std::string::npos) << message;
  EXPECT_EQ(status(), "pending");
  for (const std::string_view md5 :
       {kHelloMd5, std::string_view("5D41402ABC4B2A76B9719D911017C592"),
        std::string_view("XUFAKrxLKna5cZ2REBfFkg=="), std::string_view("")}) {
    EXPECT_EQ(complete_with({hel, lo}, md5).status, 200) << md5;
  }
  expect_refused(complete_with({hel, lo}, "xyz"),
                 "'xyz' is not an MD5 digest. Send 32 hexadecimal digits, or the base64 of the 16 "
                 "bytes - 'md5'",
                 "md5");
}

// "complete again: same `part_ids`, and `md5` the same, absent, or equal to the file's: 200, the
// stored answer".
TEST_F(CompleteUpload, AReplayGetsTheStoredAnswer) {
  const auto first = complete(part_ids_json({hel, lo}));
  EXPECT_EQ(complete(part_ids_json({hel, lo})).body, first.body);
  EXPECT_EQ(complete_with({hel, lo}, kHelloMd5).body, first.body);
  const std::string file = Json(first.body).text("file.id");
  ASSERT_EQ(api.send({.method = "DELETE", .target = "/v1/files/" + file}).status, 200);
  EXPECT_EQ(complete(part_ids_json({hel, lo})).body, first.body);
}

// "complete again, other parts: 400".
TEST_F(CompleteUpload, AnotherListThanTheOneThatWonIsRefused) {
  ASSERT_EQ(complete(part_ids_json({hel, lo})).status, 200);
  EXPECT_EQ(complete(part_ids_json({lo, hel})).status, 400);
  EXPECT_EQ(complete(part_ids_json({})).status, 400);
}

// "complete cancelled / expired: 400, the state named".
TEST_F(CompleteUpload, AnEndedUploadIsRefusedWithItsState) {
  const std::string expiring = api.create_upload(0);
  ASSERT_EQ(api.post("/v1/uploads/" + upload + "/cancel").status, 200);
  expect_refused(complete(part_ids_json({hel, lo})),
                 "Upload " + upload + " is not pending (status: cancelled).", "");
  api.clock().advance(std::chrono::seconds(3600));
  expect_refused(api.post("/v1/uploads/" + expiring + "/complete", part_ids_json({})),
                 "Upload " + expiring + " is not pending (status: expired).", "");
}

// "`bytes: 0` completes with `part_ids: []` into an empty file".
TEST_F(CompleteUpload, NothingCompletesIntoAnEmptyFile) {
  const std::string empty = api.create_upload(0);
  const Json json(api.post("/v1/uploads/" + empty + "/complete", part_ids_json({})).body);
  EXPECT_EQ(json.text("status"), "completed");
  const auto content = api.get("/v1/files/" + json.text("file.id") + "/content");
  EXPECT_EQ(content.status, 200);
  EXPECT_EQ(content.body, "");
}

TEST_F(CompleteUpload, TheBodyIsCheckedToItsLeaves) {
  expect_refused(complete("{}"), "'part_ids' is a required property", "part_ids");
  expect_refused(complete(R"({"part_ids":"x"})"), "'x' is not of type 'array' - 'part_ids'",
                 "part_ids");
  expect_refused(complete(R"({"part_ids":[1]})"), "1 is not of type 'string' - 'part_ids.0'",
                 "part_ids");
  EXPECT_EQ(complete("").status, 400);
  EXPECT_EQ(status(), "pending");
}

}  // namespace
}  // namespace partwise::test
