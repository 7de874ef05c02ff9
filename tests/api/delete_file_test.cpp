// DELETE /v1/files/{file_id}

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

HttpReply remove(const ApiHarness& api, const std::string& file) {
  return api.send({.method = "DELETE", .target = "/v1/files/" + file});
}

// Objects: "Delete".
TEST(DeleteFile, AnswersWhatWasDeleted) {
  const ApiHarness api;
  const std::string file = api.create_file("hello");
  const auto reply = remove(api, file);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"object":"file","deleted":true,"id":")" + file + "\"}");
}

// "second delete: 404".
TEST(DeleteFile, ADeletedFileIsUnknown) {
  const ApiHarness api;
  const std::string file = api.create_file("hello");
  ASSERT_EQ(remove(api, file).status, 200);
  const auto reply = remove(api, file);
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(Json(reply.body).text("error.message"), "No such File object: " + file);
  EXPECT_EQ(Json(reply.body).text("error.param"), "id");
  EXPECT_EQ(api.get("/v1/files/" + file).status, 404);
  EXPECT_EQ(api.get("/v1/files/" + file + "/content").status, 404);
}

// "A download holds a lease on its file": it goes on to its end.
TEST(DeleteFile, ADownloadUnderWayGoesOn) {
  const ApiHarness api;
  const std::string content(30'000'000, 'x');  // More than the buffers of both sockets hold.
  const std::string file = api.create_file(content);
  HttpRequest get{.target = "/v1/files/" + file + "/content"};
  get.with("Authorization", "Bearer " + std::string(ApiHarness::kKey));
  HttpClient client(api.port());
  ASSERT_TRUE(client.send(get.head()));
  ASSERT_EQ(client.read_interim(), 200);
  EXPECT_EQ(remove(api, file).status, 200);
  EXPECT_EQ(client.read_bytes(content.size()).size(), content.size());
}

}  // namespace
}  // namespace partwise::test
