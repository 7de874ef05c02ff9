// GET /v1/files/{file_id}/content with Range, If-Range and If-None-Match

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

// A file of three parts, one of them empty: "0123456789" "" "abcdef".
class ContentRange : public testing::Test {
 protected:
  ContentRange() {
    const std::string upload = api_.create_upload(kContent.size());
    std::vector<std::string> parts;
    for (const auto* part : {"0123456789", "", "abcdef"}) {
      parts.push_back(api_.add_part(upload, part));
    }
    const auto reply = api_.post("/v1/uploads/" + upload + "/complete", part_ids_json(parts));
    file_ = Json(reply.body).text("file.id");
  }

  HttpReply get(const std::string& name, const std::string& value) {
    return api_.send(request().with(name, value));
  }
  HttpRequest request() { return {.target = "/v1/files/" + file_ + "/content"}; }

  static constexpr std::string_view kContent = "0123456789abcdef";
  const ApiHarness api_;
  std::string file_;
};

TEST_F(ContentRange, EveryRangeIsThoseBytes) {
  for (std::size_t first = 0; first < kContent.size(); ++first) {
    for (std::size_t last = first; last < kContent.size(); ++last) {
      const std::string range = std::to_string(first) + "-" + std::to_string(last);
      const auto reply = get("Range", "bytes=" + range);
      ASSERT_EQ(reply.status, 206) << range;
      EXPECT_EQ(reply.body, kContent.substr(first, last - first + 1)) << range;
      EXPECT_EQ(reply.header("content-range"), "bytes " + range + "/16");
      EXPECT_EQ(reply.header("etag"), "\"" + file_ + "\"");
    }
  }
}

TEST_F(ContentRange, ASuffixIsTheEnd) {
  const auto reply = get("Range", "bytes=-7");
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.body, "9abcdef");
  EXPECT_EQ(reply.header("content-length"), "7");
}

TEST_F(ContentRange, BehindTheEndIsA416WithTheLength) {
  const auto reply = get("Range", "bytes=16-");
  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.header("content-range"), "bytes */16");
  EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(Json(reply.body).text("error.type"), "invalid_request_error");
}

// Framing: "Several ranges: the whole file with 200, as the RFC allows."
TEST_F(ContentRange, SeveralRangesAreTheWholeFile) {
  const auto reply = get("Range", "bytes=0-1,4-5");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, kContent);
  EXPECT_EQ(reply.header("accept-ranges"), "bytes");
}

TEST_F(ContentRange, ARangeOfWhatTheClientDoesNotHaveIsTheWholeFile) {
  const auto with_condition = [&](const std::string& condition) {
    return api_.send(request().with("Range", "bytes=2-3").with("If-Range", condition));
  };
  EXPECT_EQ(with_condition("\"" + file_ + "\"").body, "23");
  EXPECT_EQ(with_condition("\"file-other\"").body, kContent);
  EXPECT_EQ(with_condition("W/\"" + file_ + "\"").body, kContent);  // Weak tags never match here.
  EXPECT_EQ(with_condition("Tue, 15 Nov 1994 12:45:26 GMT").status, 200);
}

TEST_F(ContentRange, WhatTheClientHasIsNotSentAgain) {
  const auto reply = get("If-None-Match", "\"file-other\", W/\"" + file_ + "\"");
  EXPECT_EQ(reply.status, 304);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.header("etag"), "\"" + file_ + "\"");
  EXPECT_EQ(get("If-None-Match", "\"file-other\"").status, 200);
}

TEST_F(ContentRange, HeadSaysTheWholeLengthWhateverTheRange) {
  HttpRequest head = request().with("Range", "bytes=0-1");
  head.method = "HEAD";
  head.with("Authorization", "Bearer " + std::string(ApiHarness::kKey));
  HttpClient client(api_.port());
  const auto reply = client.exchange(head);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-length"), "16");
}

TEST_F(ContentRange, TheConnectionGoesOnAfterEachOfThem) {
  HttpClient client(api_.port());
  const std::string key = "Bearer " + std::string(ApiHarness::kKey);
  for (const char* range : {"bytes=3-4", "bytes=99-", "bytes=0-"}) {
    HttpRequest asked = request().with("Range", range).with("Authorization", key);
    EXPECT_NE(client.exchange(asked).status, 0) << range;
  }
  HttpRequest again = request().with("Authorization", key);
  EXPECT_EQ(client.exchange(again).body, kContent);
}

// "content of an `assistants` or `user_data` file"
TEST(DownloadPolicies, OfOpenaiKeepsAssistantsFilesBack) {
  ApiHarnessOptions options;
  options.download_policy = DownloadPolicy::openai;
  const ApiHarness api(options);
  const auto reply = api.get("/v1/files/" + api.create_file("x") + "/content");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(Json(reply.body).text("error.message"),
            "Not allowed to download files of purpose: assistants");
  const std::string vision = api.post_file("vision", "x");
  EXPECT_EQ(api.get("/v1/files/" + vision + "/content").body, "x");
  const std::string user_data = api.post_file("user_data", "x");
  EXPECT_EQ(api.get("/v1/files/" + user_data + "/content").status, 400);
}

}  // namespace
}  // namespace partwise::test
