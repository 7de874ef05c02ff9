#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace partwise {

namespace {

std::string decoded(std::string_view text) {
  std::string out = "left over";
  EXPECT_TRUE(decode_base64(text, out)) << text;
  return out;
}

bool is_base64(std::string_view text) {
  std::string out;
  return decode_base64(text, out);
}

}  // namespace

TEST(Hex, IsTwoLowerCaseDigitsAByte) {
  constexpr std::array bytes{std::byte{0x00}, std::byte{0x0f}, std::byte{0xa0}, std::byte{0xff}};
  EXPECT_EQ(to_hex(bytes), "000fa0ff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, ReadsEveryByteInEitherCase) {
  for (unsigned value = 0; value < 256; ++value) {
    const std::array byte{static_cast<std::byte>(value)};
    std::string text = to_hex(byte);
    std::array<std::byte, 1> read{};
    EXPECT_TRUE(from_hex(text, read));
    EXPECT_EQ(read, byte);
    for (char& c : text) c = static_cast<char>(std::toupper(c));
    read = {};
    EXPECT_TRUE(from_hex(text, read));
    EXPECT_EQ(read, byte);
  }
}

TEST(Hex, RefusesAnythingElse) {
  std::array<std::byte, 2> out{};
  for (const char* text :
       {"", "0", "abc", "abcde", "abcdef", "abcg", "ab d", "0x12", "-abc", "ab\ncd"}) {
    EXPECT_FALSE(from_hex(text, out)) << text;
  }
  EXPECT_FALSE(from_hex(std::string_view("ab\0d", 4), out));
  EXPECT_FALSE(from_hex("\xc3\xa4\xc3\xa4", out));
}

TEST(Base64, ReadsTheVectorsOfTheRfc) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYg=="), "foob");
  EXPECT_EQ(decoded("Zm9vYmE="), "fooba");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decoded("+/+/"), "\xfb\xff\xbf");
  EXPECT_EQ(decoded("AAAA"), std::string(3, '\0'));
}

TEST(Base64, RefusesWhatIsNotExactlyThat) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Z===", "=Zg=", "Zg==Zg==", "Zm9v\n",
        " Zm9v", "Zm 9", "Zm-_", "Zm9v====", "Zm9!", "Zm9\x80"}) {
    EXPECT_FALSE(is_base64(text)) << text;
  }
  EXPECT_FALSE(is_base64(std::string_view("Zm\0v", 4)));
}

TEST(Base64, OfAFixedSizeRefusesEveryOtherSize) {
  std::array<std::byte, 2> out{};
  EXPECT_TRUE(from_base64("Zm8=", out));
  EXPECT_EQ(as_text(out), "fo");
  EXPECT_FALSE(from_base64("Zg==", out));
  EXPECT_FALSE(from_base64("Zm9v", out));
  EXPECT_FALSE(from_base64("", out));
}

TEST(Bytes, AreTextAndBackWithoutAChange) {
  const std::string text("a\0\xff", 3);
  EXPECT_EQ(as_text(as_bytes(text)), text);
}

}  // namespace partwise
