#include "store/s3/s3_request.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace partwise::s3 {

namespace {

TEST(S3Query, IsSortedAndEncodedAndGivesEveryNameAValue) {
  EXPECT_EQ(query_text({}), "");
  EXPECT_EQ(query_text({{"uploads", ""}}), "?uploads=");
  EXPECT_EQ(query_text({{"prefix", "a/b c"}, {"list-type", "2"}, {"delete", ""}}),
            "?delete=&list-type=2&prefix=a%2Fb%20c");
  EXPECT_EQ(query_text({{"token", "1+1==~2"}}), "?token=1%2B1%3D%3D~2");
}

TEST(S3Answer, TakesWhatItNeedsFromTheHead) {
  Answer answer;
  note_header(answer, "HTTP/1.1 200 OK\r\n");
  note_header(answer, "content-LENGTH: 123\r\n");
  note_header(answer, "Retry-After:  7 \r\n");
  note_header(answer, "X-Amz-Meta-Partwise-Sha256: abc\r\n");
  note_header(answer, "\r\n");
  EXPECT_EQ(answer.content_length, 123U);
  EXPECT_EQ(answer.retry_after_s, 7U);
  EXPECT_EQ(answer.content_sha256, "abc");
  note_header(answer, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n");
  EXPECT_EQ(answer.retry_after_s, 7U);
}

TEST(S3Request, WritesBase64WithItsPadding) {
  EXPECT_EQ(base64_text(as_bytes("")), "");
  EXPECT_EQ(base64_text(as_bytes("f")), "Zg==");
  EXPECT_EQ(base64_text(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(base64_text(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(base64_text(as_bytes("foobar")), "Zm9vYmFy");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  std::string decoded;
  ASSERT_TRUE(decode_base64(base64_text(as_bytes(all)), decoded));
  EXPECT_EQ(decoded, all);
}

TEST(S3Request, ReadsItsTextAgain) {
  TextBody body("hello");
  std::array<std::byte, 3> out{};
  for (int turn = 0; turn < 2; ++turn) {
    ASSERT_TRUE(body.read_at(1, out));
    EXPECT_EQ(as_text(out), "ell");
  }
}

}  // namespace

}  // namespace partwise::s3
