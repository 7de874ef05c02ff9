// GET /v1/uploads/{upload_id}

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

TEST(GetUpload, ShowsTheUploadInEveryState) {
  ApiHarness api;
  const auto created =
      api.post("/v1/uploads", R"({"filename":"a","purpose":"vision","mime_type":"x","bytes":0})");
  const std::string path = "/v1/uploads/" + Json(created.body).text("id");
  EXPECT_EQ(api.get(path).status, 200);
  EXPECT_EQ(api.get(path).body, created.body);
  const auto completed = api.post(path + "/complete", part_ids_json({}));
  EXPECT_EQ(api.get(path).body, completed.body);
}

TEST(GetUpload, AnUploadPastItsDeadlineIsExpiredAndStaysSo) {
  ApiHarness api;
  const std::string path = "/v1/uploads/" + api.create_upload(5);
  api.clock().advance(std::chrono::seconds(3599));
  EXPECT_EQ(Json(api.get(path).body).text("status"), "pending");
  api.clock().advance(std::chrono::seconds(1));
  EXPECT_EQ(Json(api.get(path).body).text("status"), "expired");
  api.clock().jump_wall(std::chrono::seconds(-3000));  // A clock set back revives nothing.
  EXPECT_EQ(Json(api.get(path).body).text("status"), "expired");
}

}  // namespace
}  // namespace partwise::test
