#include "store/s3/s3_answers.hpp"

#include <gtest/gtest.h>

#include <array>

namespace partwise::s3 {

namespace {

TEST(S3Answers, FindTheCodeOfAnError) {
  EXPECT_EQ(error_code_of("<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>m</Message>"
                          "</Error>"),
            "SlowDown");
  EXPECT_EQ(error_code_of(""), "");
  EXPECT_EQ(error_code_of("<html><body>Bad gateway"), "");
  EXPECT_EQ(error_code_of("<Error><Message>m</Message></Error>"), "");
}

TEST(S3Answers, ReadAPageOfAListWithItsEncodedNames) {
  const auto page = parse_listed_page(
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>"
      "<IsTruncated>true</IsTruncated><NextContinuationToken>1&amp;2=</NextContinuationToken>"
      "<Contents><Key>a%2Fb+c%25</Key><ETag>&quot;x&quot;</ETag><Size>12</Size></Contents>"
      "<Contents><Key>d</Key><Size>0</Size></Contents>"
      "<CommonPrefixes><Prefix>e%2F</Prefix></CommonPrefixes></ListBucketResult>");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->objects.size(), 2U);
  EXPECT_EQ(page->objects[0], (ListedObject{.name = "a/b c%", .bytes = 12}));
  EXPECT_EQ(page->objects[1], (ListedObject{.name = "d", .bytes = 0}));
  EXPECT_EQ(page->folders, std::vector<std::string>{"e/"});
  EXPECT_EQ(page->next, "1&2=");
}

TEST(S3Answers, KnowTheLastPage) {
  const auto page =
      parse_listed_page("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->objects.empty());
  EXPECT_FALSE(page->next);
}

TEST(S3Answers, TakeNothingForAListThatIsNone) {
  for (const char* text :
       {"", "<Error><Code>x</Code></Error>", "<ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>-</Size></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"}) {
    EXPECT_FALSE(parse_listed_page(text)) << text;
  }
}

TEST(S3Answers, SayWhetherAnObjectMayStillBeThere) {
  EXPECT_EQ(first_failed_removal("<DeleteResult/>"), "");
  EXPECT_EQ(first_failed_removal("<DeleteResult><Error><Key>a</Key><Code>NoSuchKey</Code></Error>"
                                 "</DeleteResult>"),
            "");
  EXPECT_EQ(first_failed_removal("<DeleteResult><Error><Key>a</Key><Code>NoSuchKey</Code></Error>"
                                 "<Error><Key>b</Key><Code>AccessDenied</Code></Error>"
                                 "</DeleteResult>"),
            "AccessDenied");
  EXPECT_FALSE(first_failed_removal("<html/>"));
}

TEST(S3Answers, AskForTheRemovalOfSeveral) {
  const std::array<std::string, 2> names{"a/1", "a/2"};
  EXPECT_EQ(removal_text(names),
            "<Delete><Quiet>true</Quiet><Object><Key>a/1</Key></Object><Object><Key>a/2</Key>"
            "</Object></Delete>");
}

}  // namespace

}  // namespace partwise::s3
