#include "store/s3/s3_credentials.hpp"

#include <gtest/gtest.h>

namespace partwise::s3 {

namespace {

TEST(S3Credentials, AreThoseOfTheDefaultProfile) {
  const auto found = S3Credentials::parse(
      "# a comment\n[other]\naws_access_key_id=no\naws_secret_access_key=no\n\n[default]\r\n"
      "aws_access_key_id = AKIA\r\n  aws_secret_access_key=se/cr+et==\naws_session_token=t\n"
      "[third]\naws_access_key_id=no\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->access_key, "AKIA");
  EXPECT_EQ(found->secret_key, "se/cr+et==");
  EXPECT_EQ(found->session_token, "t");
}

TEST(S3Credentials, AreRefusedWhereOneIsMissingAndNothingOfTheFileIsTold) {
  for (const char* text : {"", "[default]\naws_secret_access_key=hidden\n",
                           "[other]\naws_access_key_id=a\naws_secret_access_key=hidden\n"}) {
    const auto refused = S3Credentials::parse(text);
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().message.contains("hidden"));
  }
}

}  // namespace

}  // namespace partwise::s3
