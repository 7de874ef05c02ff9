#include "http/request.hpp"

#include <gtest/gtest.h>

namespace partwise::http {
namespace {

TEST(RequestHead, FindsAHeaderInAnyCase) {
  RequestHead head;
  head.headers = {{"X-First", "1"}, {"authorization", "Bearer a"}, {"Authorization", "Bearer b"}};
  EXPECT_EQ(head.header("AUTHORIZATION"), "Bearer a");
  EXPECT_EQ(head.header("x-first"), "1");
  EXPECT_TRUE(head.has_header("x-First"));
}

TEST(RequestHead, ARepeatedHeaderIsAList) {
  RequestHead head;
  head.headers = {{"Range", "bytes=0-1"}, {"X", "1"}, {"range", ""}, {"RANGE", "bytes=5-6"}};
  EXPECT_EQ(head.header_list("range"), "bytes=0-1, , bytes=5-6");
  EXPECT_EQ(head.header_list("x"), "1");
  EXPECT_EQ(head.header_list("absent"), "");
}

TEST(RequestHead, AnAbsentHeaderIsEmptyAndAnEmptyOneIsPresent) {
  RequestHead head;
  head.headers = {{"X-Empty", ""}};
  EXPECT_EQ(head.header("X-Empty"), "");
  EXPECT_TRUE(head.has_header("X-Empty"));
  EXPECT_EQ(head.header("X-Absent"), "");
  EXPECT_FALSE(head.has_header("X-Absent"));
  EXPECT_FALSE(head.has_header("X-Empt"));
}

TEST(QueryParameter, IsDecodedAndTheFirstOfItsName) {
  EXPECT_EQ(query_parameter("limit=2&after=file-a%26b+c&limit=3", "limit"), "2");
  EXPECT_EQ(query_parameter("limit=2&after=file-a%26b+c&limit=3", "after"), "file-a&b c");
  EXPECT_EQ(query_parameter("expires%5Fafter=1", "expires_after"), "1");
  EXPECT_EQ(query_parameter("a=b=c", "a"), "b=c");
}

TEST(QueryParameter, WithoutAValueIsEmptyAndAbsentIsNothing) {
  EXPECT_EQ(query_parameter("a&b=", "a"), "");
  EXPECT_EQ(query_parameter("a&b=", "b"), "");
  EXPECT_EQ(query_parameter("a&b=", "c"), std::nullopt);
  EXPECT_EQ(query_parameter("", "c"), std::nullopt);
  EXPECT_EQ(query_parameter("aa=1", "a"), std::nullopt);
}

TEST(PercentDecode, LeavesInvalidEscapesAndPlusSigns) {
  EXPECT_EQ(percent_decode("a%20b+c"), "a b+c");
  EXPECT_EQ(percent_decode("%e2%82%AC"), "€");
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%4"), "%zz%4");
  EXPECT_EQ(percent_decode("%2541"), "%41");
  EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
}

}  // namespace
}  // namespace partwise::http
