#include "load/sigv4.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace partwise::load {
namespace {

// The examples of docs.aws.amazon.com, "Signature Calculations for the Authorization Header".
const Sigv4Credentials kExample{.access = "AKIAIOSFODNN7EXAMPLE",
                                .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                                .region = "us-east-1"};
constexpr std::string_view kTime = "20130524T000000Z";
constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::vector<SignedHeader> example_headers() {
  return {{"host", "examplebucket.s3.amazonaws.com"},
          {"x-amz-content-sha256", std::string(kEmptySha256)},
          {"x-amz-date", std::string(kTime)}};
}

std::string signature_of(std::string_view target, const std::vector<SignedHeader>& headers) {
  const std::string value =
      sigv4_authorization(kExample, "GET", target, headers, kEmptySha256, kTime);
  return value.substr(value.find("Signature=") + 10);
}

TEST(Sigv4, AnObjectAsInThePublishedExample) {
  auto headers = example_headers();
  headers.insert(headers.begin() + 1, {"range", "bytes=0-9"});
  EXPECT_EQ(sigv4_authorization(kExample, "GET", "/test.txt", headers, kEmptySha256, kTime),
            "AWS4-HMAC-SHA256 "
            "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Sigv4, AQueryWithoutValueAsInThePublishedExample) {
  EXPECT_EQ(signature_of("/?lifecycle", example_headers()),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(Sigv4, AQueryOfTwoInAnyOrderAsInThePublishedExample) {
  constexpr std::string_view kSignature =
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
  EXPECT_EQ(signature_of("/?max-keys=2&prefix=J", example_headers()), kSignature);
  EXPECT_EQ(signature_of("/?prefix=J&max-keys=2", example_headers()), kSignature);
}

TEST(Sigv4, TimeIsOfTheWireFormat) {
  EXPECT_EQ(sigv4_time(from_unix_seconds(1'369'353'600)), kTime);
}

}  // namespace
}  // namespace partwise::load
