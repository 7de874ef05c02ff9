#include "store/s3/s3_location.hpp"

#include <gtest/gtest.h>

namespace partwise::s3 {

namespace {

TEST(S3Location, ReadsWhatItIsGiven) {
  const auto location = S3Location::parse(
      "s3://bucket/some/prefix/?endpoint=http://127.0.0.1:8000/&region=eu-central-1");
  ASSERT_TRUE(location);
  EXPECT_EQ(location->bucket, "bucket");
  EXPECT_EQ(location->prefix, "some/prefix");
  EXPECT_EQ(location->url_of("a/b"), "http://127.0.0.1:8000/bucket/a/b");
  EXPECT_EQ(location->url_of(""), "http://127.0.0.1:8000/bucket/");
  EXPECT_EQ(location->name_of("blobs/x"), "some/prefix/blobs/x");
  EXPECT_EQ(location->text(), "s3://bucket/some/prefix");
}

TEST(S3Location, AsksAwsByTheHostNameOfTheBucketWhereNoEndpointIsGiven) {
  const auto location = S3Location::parse("s3://bucket?region=eu-central-1");
  ASSERT_TRUE(location);
  EXPECT_EQ(location->url_of("a"), "https://bucket.s3.eu-central-1.amazonaws.com/a");
  EXPECT_EQ(location->name_of("blobs/x"), "blobs/x");
  const auto by_path = S3Location::parse("s3://bucket?region=eu-central-1&addressing=path");
  EXPECT_EQ(by_path->url_of("a"), "https://s3.eu-central-1.amazonaws.com/bucket/a");
}

TEST(S3Location, IsTheSamePlaceWhateverWayLeadsThere) {
  EXPECT_EQ(S3Location::parse("s3://b/p?region=x&endpoint=http://h:1")->text(),
            S3Location::parse("s3://b/p/?endpoint=https://g&region=y")->text());
}

TEST(S3Location, RefusesWhatItCannotUse) {
  for (const char* text :
       {"", "s3://", "http://bucket?region=x", "s3:///prefix?region=x", "s3://bucket",
        "s3://bucket?region=", "s3://bucket?region=x&other=y", "s3://bucket?region=x&endpoint=h:1",
        "s3://bucket?region=x&endpoint=http://h/path", "s3://bucket/a//b?region=x",
        "s3://bucket/../b?region=x", "s3://bucket/a b?region=x", "s3://buc ket?region=x",
        "s3://bucket/a%20b?region=x", "s3://bucket?region=x&addressing=other",
        "s3://bucket?region=x/y"}) {
    const auto refused = S3Location::parse(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  }
}

TEST(S3Location, RepeatsNoCredentialsThatSomebodyWroteIntoIt) {
  const auto refused = S3Location::parse("s3://key:secret@bucket?region=x");
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().message.contains("secret@"));
  const auto optional = S3Location::parse("s3://bucket?region=x&secret_key=geheim");
  ASSERT_FALSE(optional);
  EXPECT_FALSE(optional.error().message.contains("geheim"));
}

}  // namespace

}  // namespace partwise::s3
