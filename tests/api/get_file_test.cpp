// GET /v1/files/{file_id}

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

// Objects: "File".
TEST(GetFile, ShowsTheFileOfACompletedUpload) {
  ApiHarness api;
  const std::string file = api.create_file("hello");
  const auto reply = api.get("/v1/files/" + file);
  EXPECT_EQ(reply.status, 200);
  const std::string now = std::to_string(unix_seconds(api.clock().now()));
  EXPECT_EQ(reply.body,
            R"({"object":"file","id":")" + file +
                R"(","purpose":"assistants","filename":"a.jsonl","bytes":5,"created_at":)" + now +
                R"(,"expires_at":null,"status":"processed","status_details":null})");
}

// "expired file: 404".
TEST(GetFile, AnExpiredFileIsGone) {
  ApiHarness api;
  const std::string upload = api.create_upload(0, "batch");
  const Json json(api.post("/v1/uploads/" + upload + "/complete", part_ids_json({})).body);
  const std::string path = "/v1/files/" + json.text("file.id");
  api.clock().advance(std::chrono::seconds(2'591'999));
  EXPECT_EQ(api.get(path).status, 200);
  api.clock().advance(std::chrono::seconds(1));
  EXPECT_EQ(api.get(path).status, 404);
  EXPECT_EQ(api.get(path + "/content").status, 404);
  EXPECT_EQ(api.send({.method = "DELETE", .target = path}).status, 404);
}

// "unknown file: 404 `No such File object: X`, param `id`, code null", and the detail of /files.
TEST(GetFile, AnUnknownFileIsNamed) {
  const ApiHarness api;
  const auto reply = api.get("/v1/files/file-abc");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.body,
            R"({"error":{"message":"No such File object: file-abc","type":"invalid_request_error",)"
            R"("param":"id","code":null},)"
            R"("detail":{"message":"No such File object: file-abc","code":null}})");
}

}  // namespace
}  // namespace partwise::test
