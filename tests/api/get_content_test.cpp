// GET and HEAD /v1/files/{file_id}/content

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

std::string random_text(std::size_t bytes) {
  std::string text(bytes, '\0');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

TEST(GetContent, GivesThePartsInTheirOrderByteForByte) {
  const ApiHarness api;
  const std::string content = random_text(3'000'000);
  const std::string upload = api.create_upload(content.size());
  std::vector<std::string> parts;
  for (const auto& [from, to] : {std::pair{2'500'000U, 3'000'000U}, std::pair{0U, 1U},
                                 std::pair{1U, 1U}, std::pair{1U, 2'500'000U}}) {
    parts.push_back(api.add_part(upload, content.substr(from, to - from)));
  }
  const auto completed = api.post("/v1/uploads/" + upload + "/complete",
                                  part_ids_json({parts[1], parts[2], parts[3], parts[0]}));
  const auto reply = api.get("/v1/files/" + Json(completed.body).text("file.id") + "/content");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-length"), "3000000");
  EXPECT_TRUE(reply.body == content);
}

// Headers: "Content download".
TEST(GetContent, IsNothingThatABrowserRuns) {
  const ApiHarness api;
  const std::string file = api.create_file("<script>");
  const auto reply =
      api.send(HttpRequest{.target = "/v1/files/" + file + "/content"}.with("Accept", "image/png"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-type"), "application/octet-stream");
  EXPECT_EQ(reply.header("content-security-policy"), "sandbox; default-src 'none'");
  EXPECT_EQ(reply.header("cache-control"), "private, no-store");
  EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(reply.header("etag"), "\"" + file + "\"");
  EXPECT_TRUE(reply.header("content-disposition").starts_with("attachment; filename=\"a.jsonl\""))
      << reply.header("content-disposition");
}

TEST(GetContent, AHostileFileNameStaysInItsHeader) {
  const ApiHarness api;
  const auto created =
      api.post("/v1/uploads", R"({"filename":"a\"\r\nSet-Cookie: x\r\n\r\n../../\u00e9.html",)"
                              R"("purpose":"vision","mime_type":"x","bytes":0})");
  const std::string path = "/v1/uploads/" + Json(created.body).text("id") + "/complete";
  const std::string file = Json(api.post(path, part_ids_json({})).body).text("file.id");
  const auto reply = api.get("/v1/files/" + file + "/content");
  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(reply.has_header("set-cookie"));
  EXPECT_EQ(reply.header("content-disposition").find('/'), std::string::npos)
      << reply.header("content-disposition");
}

TEST(GetContent, HeadSaysTheLengthAndSendsNothing) {
  const ApiHarness api;
  const std::string path = "/v1/files/" + api.create_file("hello") + "/content";
  HttpClient client(api.port());
  HttpRequest head{.method = "HEAD", .target = path};
  head.with("Authorization", "Bearer " + std::string(ApiHarness::kKey));
  auto reply = client.exchange(head);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("content-length"), "5");
  head.method = "GET";
  EXPECT_EQ(client.exchange(head).body,
            "hello");  // On the same connection: no byte was in between.
  head.method = "HEAD";
  head.target = "/v1/files/file-x/content";
  EXPECT_EQ(client.exchange(head).status, 404);
}

// "a missing blob closes the connection; nothing is padded".
TEST(GetContent, ABlobThatVanishesEndsTheConnectionShort) {
  ApiHarness api;
  const std::string upload = api.create_upload(4'000'000);
  std::vector<std::string> parts;
  for (int i = 0; i < 2; ++i) parts.push_back(api.add_part(upload, std::string(2'000'000, 'x')));
  const auto completed = api.post("/v1/uploads/" + upload + "/complete", part_ids_json(parts));
  const std::string file = Json(completed.body).text("file.id");
  api.lose_blobs(file, 1);
  EXPECT_EQ(api.get("/v1/files/" + file + "/content").status, 0);  // The body ended early.
  api.lose_blobs(file, 0);
  EXPECT_EQ(api.get("/v1/files/" + file + "/content").status,
            500);  // Known before the head is sent.
}

}  // namespace
}  // namespace partwise::test
