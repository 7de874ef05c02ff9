// GET /v1/files

#include <gtest/gtest.h>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

using Ids = std::vector<std::string>;

// Lists: newest first, `has_more` honest, `after` exclusive.
TEST(ListFiles, PagesInEveryOrder) {
  const ApiHarness api;
  Ids ids;
  for (int i = 0; i < 5; ++i) ids.push_back(api.post_file("vision", "x"));
  const Ids newest_first(ids.rbegin(), ids.rend());
  const Json all(api.get("/v1/files").body);
  EXPECT_EQ(all.keys(), (Ids{"object", "data", "has_more", "first_id", "last_id"}));
  EXPECT_EQ(all.texts("data", "id"), newest_first);
  EXPECT_FALSE(all.truth("has_more"));
  EXPECT_EQ(all.text("first_id"), ids[4]);
  EXPECT_EQ(all.text("last_id"), ids[0]);
  const Json page(api.get("/v1/files?limit=2&order=asc&after=" + ids[1]).body);
  EXPECT_EQ(page.texts("data", "id"), (Ids{ids[2], ids[3]}));
  EXPECT_TRUE(page.truth("has_more"));
}

TEST(ListFiles, ThePurposeIsFilteredOnTheServer) {
  const ApiHarness api;
  const std::string vision = api.post_file("vision", "x");
  const std::string evals = api.post_file("evals", "x");
  EXPECT_EQ(Json(api.get("/v1/files?purpose=vision").body).texts("data", "id"), Ids{vision});
  EXPECT_EQ(Json(api.get("/v1/files?purpose=evals&limit=1").body).texts("data", "id"), Ids{evals});
  EXPECT_EQ(Json(api.get("/v1/files?purpose=batch_output").body).texts("data", "id"), Ids{});
  EXPECT_EQ(api.get("/v1/files?purpose=x").status, 400);
}

TEST(ListFiles, FilesOfUploadsAndPostedOnesStandTogether) {
  const ApiHarness api;
  const std::string posted = api.post_file("vision", "x");
  const std::string completed = api.create_file("y");
  const Json list(api.get("/v1/files?order=asc").body);
  EXPECT_EQ(list.texts("data", "id"), (Ids{posted, completed}));
}

TEST(ListFiles, ADeletedFileKeepsItsPlaceAndIsNotShown) {
  const ApiHarness api;
  Ids ids;
  for (int i = 0; i < 3; ++i) ids.push_back(api.post_file("vision", "x"));
  EXPECT_EQ(api.send({.method = "DELETE", .target = "/v1/files/" + ids[1]}).status, 200);
  EXPECT_EQ(Json(api.get("/v1/files?order=asc&after=" + ids[1]).body).texts("data", "id"),
            Ids{ids[2]});
  const auto unknown = api.get("/v1/files?after=file-xxxxxxxxxxxxxxxxxxxxxx");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(Json(unknown.body).text("error.param"), "after");
}

TEST(ListFiles, AnotherProjectSeesNoneOfThem) {
  const ApiHarness api;
  const std::string mine = api.post_file("vision", "x");
  HttpRequest request{.target = "/v1/files"};
  request.with("Authorization", "Bearer " + std::string(ApiHarness::kOtherKey));
  const Json list(api.send(request).body);
  EXPECT_EQ(list.texts("data", "id"), Ids{});
  EXPECT_TRUE(list.is_null("first_id"));
  request.target = "/v1/files?after=" + mine;
  EXPECT_EQ(api.send(request).status, 400);
}

}  // namespace
}  // namespace partwise::test
