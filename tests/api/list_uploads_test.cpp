// GET /v1/uploads

#include <gtest/gtest.h>

#include <algorithm>

#include "api/harness.hpp"

namespace partwise::test {
namespace {

class ListUploads : public testing::Test {
 protected:
  Json list(const std::string& query = {}) { return Json(api.get("/v1/uploads" + query).body); }
  void expect_refused(const std::string& query, std::string_view param) {
    const auto reply = api.get("/v1/uploads" + query);
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(Json(reply.body).text("error.param"), param) << query;
  }
  ApiHarness api;
};

// Objects: "List: ids are `null` when empty".
TEST_F(ListUploads, AnEmptyListHasNullIds) {
  const auto reply = api.get("/v1/uploads");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body,
            R"({"object":"list","data":[],"has_more":false,"first_id":null,"last_id":null})");
}

// Lists: "Sort by (created_at, sequence), default newest first; `order=asc|desc`".
TEST_F(ListUploads, TheNewestIsFirstUnlessAskedOtherwise) {
  std::vector<std::string> ids{api.create_upload(1), api.create_upload(2)};
  api.clock().advance(std::chrono::seconds(1));
  ids.push_back(api.create_upload(3));
  EXPECT_EQ(list("?order=asc").texts("data", "id"), ids);
  std::ranges::reverse(ids);
  const Json newest = list();
  EXPECT_EQ(newest.texts("data", "id"), ids);
  EXPECT_EQ(newest.text("first_id"), ids.front());
  EXPECT_EQ(newest.text("last_id"), ids.back());
  EXPECT_FALSE(newest.truth("has_more"));
  EXPECT_EQ(list("?order=desc").texts("data", "id"), ids);
}

// Lists: "`has_more` is always an honest boolean"; `after` is exclusive.
TEST_F(ListUploads, PagesMeetWithoutGapOrOverlapAndEnd) {
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 5; ++i) ids.push_back(api.create_upload(i));
  std::vector<std::string> seen;
  std::string query = "?order=asc&limit=2";
  for (int page = 0; page < 3; ++page) {
    const Json json = list(query);
    for (const auto& id : json.texts("data", "id")) seen.push_back(id);
    EXPECT_EQ(json.truth("has_more"), page < 2);
    query = "?order=asc&limit=2&after=" + json.text("last_id");
  }
  EXPECT_EQ(seen, ids);
  EXPECT_EQ(list("?order=asc&limit=5").truth("has_more"), false);
  EXPECT_TRUE(list("?order=asc&after=" + ids.back()).texts("data", "id").empty());
}

// Lists: "anything else, and `limit` or `order` out of range: 400 with `param`".
TEST_F(ListUploads, WhatIsOutOfRangeIsRefused) {
  expect_refused("?limit=0", "limit");
  expect_refused("?limit=10001", "limit");
  expect_refused("?limit=x", "limit");
  expect_refused("?order=up", "order");
  expect_refused("?purpose=x", "purpose");
  expect_refused("?after=upload_00000000000000000000000000000000", "after");
  expect_refused("?after=..%2F", "after");
  EXPECT_EQ(api.get("/v1/uploads?limit=10000").status, 200);
}

TEST_F(ListUploads, AfterNamesAnUploadOfTheSameProject) {
  HttpRequest create{.method = "POST",
                     .target = "/v1/uploads",
                     .headers = {},
                     .body = R"({"filename":"a","purpose":"vision","mime_type":"x","bytes":0})"};
  create.with("Authorization", "Bearer " + std::string(ApiHarness::kOtherKey));
  const std::string foreign = Json(api.send(create).body).text("id");
  ASSERT_NE(foreign, "");
  expect_refused("?after=" + foreign, "after");
  EXPECT_TRUE(list().texts("data", "id").empty());
}

// Lists: "`purpose` filter on the server".
TEST_F(ListUploads, ThePurposeFilters) {
  const std::string batch = api.create_upload(0, "batch");
  const std::string vision = api.create_upload(0, "vision");
  EXPECT_EQ(list("?purpose=batch").texts("data", "id"), std::vector{batch});
  EXPECT_TRUE(list("?purpose=evals").texts("data", "id").empty());
}

// "Lists show the clock's view."
TEST_F(ListUploads, EveryStateIsListedAsTheClockHasIt) {
  const std::string pending = api.create_upload(5);
  const std::string cancelled = api.create_upload(5);
  ASSERT_EQ(api.post("/v1/uploads/" + cancelled + "/cancel").status, 200);
  EXPECT_EQ(list("?order=asc").texts("data", "status"),
            (std::vector<std::string>{"pending", "cancelled"}));
  api.clock().advance(std::chrono::seconds(3600));
  EXPECT_EQ(list("?order=asc").texts("data", "status"),
            (std::vector<std::string>{"expired", "cancelled"}));
}

}  // namespace
}  // namespace partwise::test
