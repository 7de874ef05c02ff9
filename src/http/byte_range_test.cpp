#include "http/byte_range.hpp"

#include <gtest/gtest.h>

namespace partwise::http {
namespace {

constexpr RangeAnswer kWhole{};
constexpr RangeAnswer kUnsatisfiable{.kind = RangeAnswer::Kind::unsatisfiable};

constexpr RangeAnswer part(std::uint64_t first, std::uint64_t bytes) {
  return {.kind = RangeAnswer::Kind::part, .range = {first, bytes}};
}

TEST(ByteRange, OneRangeIsAPart) {
  EXPECT_EQ(answer_range("bytes=0-0", 10), part(0, 1));
  EXPECT_EQ(answer_range("bytes=2-5", 10), part(2, 4));
  EXPECT_EQ(answer_range("bytes=9-9", 10), part(9, 1));
  EXPECT_EQ(answer_range("bytes=3-", 10), part(3, 7));
  EXPECT_EQ(answer_range("Bytes = 3-4 ", 10), part(3, 2));
}

TEST(ByteRange, WhatReachesBeyondTheEndIsCutThere) {
  EXPECT_EQ(answer_range("bytes=5-99", 10), part(5, 5));
  EXPECT_EQ(answer_range("bytes=5-99999999999999999999999", 10), part(5, 5));
}

TEST(ByteRange, ASuffixIsTheEndOfTheBody) {
  EXPECT_EQ(answer_range("bytes=-3", 10), part(7, 3));
  EXPECT_EQ(answer_range("bytes=-30", 10), part(0, 10));
  EXPECT_EQ(answer_range("bytes=-99999999999999999999999", 10), part(0, 10));
}

TEST(ByteRange, WhatBeginsBehindTheEndIsUnsatisfiable) {
  EXPECT_EQ(answer_range("bytes=10-", 10), kUnsatisfiable);
  EXPECT_EQ(answer_range("bytes=10-12", 10), kUnsatisfiable);
  EXPECT_EQ(answer_range("bytes=-0", 10), kUnsatisfiable);
  EXPECT_EQ(answer_range("bytes=99999999999999999999999-", 10), kUnsatisfiable);
  EXPECT_EQ(answer_range("bytes=0-", 0), kUnsatisfiable);
  EXPECT_EQ(answer_range("bytes=-1", 0), kUnsatisfiable);
}

// Framing: "Several ranges: the whole file with 200, as the RFC allows."
TEST(ByteRange, SeveralRangesAndWhatIsNoneAreTheWholeBody) {
  for (const char* range :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "bytes=5-2", "items=0-1",
        "bytes=1--2", "bytes=+1-2", "bytes=0x1-2", "bytes=1-2-3", "=0-1", "bytes=1 -2"}) {
    EXPECT_EQ(answer_range(range, 10), kWhole) << range;
  }
}

TEST(ByteRange, AListOfTagsNamesATag) {
  EXPECT_TRUE(names_etag("\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("\"b\" , W/\"a\"", "\"a\""));
  EXPECT_TRUE(names_etag("*", "\"a\""));
  EXPECT_FALSE(names_etag("", "\"a\""));
  EXPECT_FALSE(names_etag("\"b\",", "\"a\""));
  EXPECT_FALSE(names_etag("a", "\"a\""));
}

}  // namespace
}  // namespace partwise::http
