#include "api/routes.hpp"

#include <gtest/gtest.h>

#include <set>

namespace partwise::api {
namespace {

std::string_view name_of(std::string_view method, std::string_view path) {
  const RouteMatch match = match_route(method, path);
  return match.route == nullptr ? std::string_view{} : match.route->name;
}

TEST(Routes, EveryRowIsFoundByItsOwnMethodAndPath) {
  for (const Route& route : routes()) {
    std::string path = stands_below_mounts(route.access) ? "/v1" : "";
    path += route.pattern;
    if (const auto open = path.find('{'); open != std::string::npos) {
      path.replace(open, path.find('}') - open + 1, "x");
    }
    EXPECT_EQ(name_of(route.method, path), route.name) << path;
  }
}

TEST(Routes, NoTwoRowsHaveTheSameName) {
  std::set<std::string_view> names;
  for (const Route& route : routes()) EXPECT_TRUE(names.insert(route.name).second) << route.name;
}

TEST(Routes, WhatStandsOutsideOfTheMountsIsOpenAndNamedHere) {
  const std::set<std::string_view> open{"/healthz", "/readyz", "/openapi.yaml"};
  for (const Route& route : routes()) {
    EXPECT_EQ(route.access == Access::open, open.contains(route.pattern)) << route.pattern;
  }
}

TEST(Routes, EveryMountHoldsTheApi) {
  for (const std::string_view mount : mounts()) {
    EXPECT_EQ(name_of("POST", std::string(mount) + "/uploads"), "create_upload") << mount;
    EXPECT_EQ(name_of("GET", std::string(mount) + "/healthz"), "") << mount;
  }
  EXPECT_EQ(name_of("POST", "/uploads"), "");
  EXPECT_EQ(name_of("POST", "/v2/uploads"), "");
  EXPECT_EQ(name_of("POST", "/v1uploads"), "");
}

TEST(Routes, AnIdIsOneDecodedSegment) {
  EXPECT_EQ(match_route("GET", "/v1/uploads/upload_1").id, "upload_1");
  EXPECT_EQ(match_route("POST", "/v1/uploads/a%2Fb%20%C3%A9/cancel").id, "a/b \xC3\xA9");
  EXPECT_EQ(match_route("GET", "/v1/files/..%2F..%2Fetc/content").id, "../../etc");
  EXPECT_EQ(match_route("GET", "/v1/files/%zz").id, "%zz");
  EXPECT_EQ(name_of("POST", "/v1/uploads/a/b/cancel"), "");
}

TEST(Routes, AnEmptySegmentIsNoId) {
  EXPECT_EQ(name_of("GET", "/v1/uploads/"), "");
  EXPECT_EQ(name_of("POST", "/v1/uploads//cancel"), "");
  EXPECT_EQ(name_of("GET", "/v1//uploads"), "");
  EXPECT_EQ(name_of("GET", "/v1/uploads/x/"), "");
  EXPECT_EQ(name_of("GET", "/v1"), "");
  EXPECT_EQ(name_of("GET", "/"), "");
}

TEST(Routes, FixedSegmentsAreComparedAsSent) {
  EXPECT_EQ(name_of("GET", "/v1/Uploads"), "");
  EXPECT_EQ(name_of("GET", "/v1/%75ploads"), "");
}

TEST(Routes, AKnownPathWithAnotherMethodNamesTheMethodsThatItHas) {
  const RouteMatch match = match_route("PUT", "/v1/files/x");
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed_methods, (std::vector<std::string_view>{"GET", "DELETE"}));
  EXPECT_TRUE(match_route("PUT", "/v1/nothing").allowed_methods.empty());
  EXPECT_EQ(match_route("get", "/v1/files/x").route, nullptr);
}

TEST(Routes, FilesPathsAreKnownBelowEveryMount) {
  EXPECT_TRUE(is_files_path("/v1/files"));
  EXPECT_TRUE(is_files_path("/openai/v1/files/x/content"));
  EXPECT_TRUE(is_files_path("/openai/files/x"));
  EXPECT_FALSE(is_files_path("/v1/filesystem"));
  EXPECT_FALSE(is_files_path("/v1/uploads/files"));
  EXPECT_FALSE(is_files_path("/files"));
  EXPECT_FALSE(is_files_path("/"));
}

}  // namespace
}  // namespace partwise::api
