#include "wire/digest_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace partwise::wire {
namespace {

constexpr std::string_view kSha256Hex =
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

TEST(DigestText, Sha256IsHexOrBase64) {
  const Sha256Digest expected = sha256(as_bytes("hello"));
  EXPECT_EQ(parse_sha256(kSha256Hex, "sha256").value(), expected);
  EXPECT_EQ(parse_sha256("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "sha256").value(),
            expected);
}

TEST(DigestText, TheEmptyTextIsNoDigest) {
  EXPECT_FALSE(parse_md5("", "md5").value().has_value());
  EXPECT_FALSE(parse_sha256("", "sha256").value().has_value());
}

TEST(DigestText, AWrongLengthOrAlphabetIsRefused) {
  for (const std::string& text :
       {std::string(kSha256Hex), std::string("5d41402abc4b2a76b9719d911017c5"),
        std::string("5d41402abc4b2a76b9719d911017c59g"), std::string("XUFAKrxLKna5cZ2REBfFkg"),
        std::string(" 5d41402abc4b2a76b9719d911017c592")}) {
    const auto parsed = parse_md5(text, "md5");
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_request);
    EXPECT_EQ(parsed.error().param, "md5");
  }
}

}  // namespace
}  // namespace partwise::wire
