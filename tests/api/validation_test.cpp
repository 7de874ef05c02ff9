// Content that is looked into before it becomes a file: an option of the server, off by default.

#include <gtest/gtest.h>

#include "api/harness.hpp"
#include "wire/json_lines.hpp"

namespace partwise::test {
namespace {

class LinesCheck final : public ContentCheck {
 public:
  Result<> update(Bytes piece) override { return lines_.update(piece); }
  Result<> finish() override { return lines_.finish(); }

 private:
  wire::JsonLines lines_;
};

ApiHarnessOptions looking_into_batches() {
  ApiHarnessOptions options;
  options.make_check = [](Purpose purpose) -> std::unique_ptr<ContentCheck> {
    if (purpose != Purpose::batch) return nullptr;
    return std::make_unique<LinesCheck>();
  };
  return options;
}

HttpReply post_batch(const ApiHarness& api, std::string_view content) {
  return api.send(
      file_request(form_field("purpose", "batch") + form_field("file", content) + "--B--\r\n"));
}

TEST(Validation, ByDefaultNothingIsLookedInto) {
  const ApiHarness api;
  EXPECT_EQ(post_batch(api, "no json").status, 200);
}

TEST(Validation, APostedFileThatIsWrongIsRefusedAndLeavesNothing) {
  const ApiHarness api(looking_into_batches());
  const auto refused = post_batch(api, "{}\n{]");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Json(refused.body).text("error.message"),
            "Line 2 of the file is not valid JSON. Each line must be one JSON object in UTF-8.");
  EXPECT_EQ(Json(api.get("/v1/files").body).texts("data", "id").size(), 0U);
  EXPECT_EQ(post_batch(api, "{}\n{}").status, 200);
  EXPECT_NE(api.post_file("vision", "no json"), "");
}

TEST(Validation, AnUploadThatIsWrongStaysPending) {
  const ApiHarness api(looking_into_batches());
  const std::string upload = api.create_upload(8, "batch");
  const std::string path = "/v1/uploads/" + upload + "/complete";
  const std::string head = api.add_part(upload, "{\"a\":");
  const std::string tail = api.add_part(upload, "1}\n");
  const auto refused = api.post(path, part_ids_json({tail, head}));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(Json(refused.body).text("error.param"), "file");
  EXPECT_EQ(Json(api.get("/v1/uploads/" + upload).body).text("status"), "pending");
  const auto completed = api.post(path, part_ids_json({head, tail}));
  EXPECT_EQ(completed.status, 200);
  EXPECT_EQ(api.post(path, part_ids_json({head, tail})).body, completed.body);
  // Where something else is wrong, that is said.
  const std::string other = api.create_upload(8, "batch");
  const auto unknown = api.post("/v1/uploads/" + other + "/complete", part_ids_json({head}));
  EXPECT_EQ(Json(unknown.body).text("error.param"), "part_ids");
}

}  // namespace
}  // namespace partwise::test
