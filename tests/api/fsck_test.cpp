// POST /v1/fsck

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

HttpReply check(const ApiHarness& api) {
  return api.send_as(ApiHarness::kAdminKey, {.method = "POST", .target = "/v1/fsck"});
}

TEST(Fsck, AnswersAnAdministratorWhatItHasSeen) {
  const ApiHarness api;
  const std::string upload = api.create_upload(5);
  (void)api.add_part(upload, "hello");
  (void)api.create_file("a file");
  (void)api.post_file("user_data", "whole");
  const auto reply = check(api);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("openai-project"), "operations");
  EXPECT_EQ(reply.body, R"({"object":"fsck","clean":true,"blobs_listed":3,"blobs_checked":3,)"
                        R"("bytes_checked":16,"findings_total":0,"findings":[]})");
}

TEST(Fsck, NamesWhatIsLostInTheShapeOfTheOfflineCheck) {
  ApiHarness api;
  const std::string file = api.create_file("a file");
  api.lose_blobs(file, 0);
  const Json report(check(api).body);
  EXPECT_FALSE(report.truth("clean"));
  EXPECT_EQ(report.number("findings_total"), 1);
  EXPECT_EQ(report.texts("findings", "kind"), std::vector<std::string>{"missing_blob"});
  EXPECT_EQ(report.texts("findings", "sentence"),
            std::vector<std::string>{"The blob of file " + file +
                                     " (part 1 of 1, bytes 0-5) is missing."});
  EXPECT_EQ(report.texts("findings", "file_id"), std::vector<std::string>{file});
  EXPECT_EQ(report.texts("findings", "subject").at(0).size(), 32U);
}

TEST(Fsck, TellsNobodyElse) {
  const ApiHarness api;
  const HttpRequest request{.method = "POST", .target = "/v1/fsck"};
  EXPECT_EQ(api.send(request).status, 403);
  EXPECT_EQ(api.send_as(ApiHarness::kServiceKey, request).status, 403);
}

TEST(Fsck, MayBeAskedAgainAndAgain) {
  const ApiHarness api;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Json(check(api).body).truth("clean"));
}

}  // namespace
}  // namespace partwise::test
