#include "base/hash.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace partwise {

namespace {

Crc64 crc_of(std::string_view text) {
  Crc64 crc;
  crc.update(as_bytes(text));
  return crc;
}

std::string pattern(std::size_t bytes) {
  std::string content(bytes, '\0');
  std::uint32_t state = 7;
  for (char& byte : content) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return content;
}

}  // namespace

TEST(Crc64, HasTheCheckValueOfItsCatalogue) {
  EXPECT_EQ(crc_of("123456789").value(), 0x995dc9bbdf1939faU);
}

TEST(Crc64, OfNothingIsZeroAndNothingAddsNothing) {
  EXPECT_EQ(Crc64().value(), 0U);
  Crc64 crc = crc_of("abc");
  crc.update({});
  EXPECT_EQ(crc, crc_of("abc"));
}

TEST(Crc64, IsTheSameInWhateverPiecesTheBytesCome) {
  const std::string content = pattern(1000);
  for (std::size_t piece = 1; piece < content.size(); piece = piece * 2 + 1) {
    Crc64 crc;
    for (std::size_t at = 0; at < content.size(); at += piece) {
      crc.update(as_bytes(std::string_view(content).substr(at, piece)));
    }
    EXPECT_EQ(crc, crc_of(content)) << piece;
  }
}

TEST(Crc64, GoesOnFromAKnownValue) {
  Crc64 crc(crc_of("1234").value());
  crc.update(as_bytes("56789"));
  EXPECT_EQ(crc, crc_of("123456789"));
}

TEST(Crc64, CombinesAtEverySplit) {
  const std::string content = pattern(600);
  for (std::size_t split = 0; split <= content.size(); ++split) {
    const Crc64 a = crc_of(content.substr(0, split));
    const Crc64 b = crc_of(content.substr(split));
    ASSERT_EQ(Crc64::combine(a, b, content.size() - split), crc_of(content)) << split;
  }
}

TEST(Crc64, CombinesLengthsOfMoreThan32Bits) {
  // (a b) c and a (b c) agree, where b is so long that only the combination can know it.
  const Crc64 a = crc_of("a");
  const Crc64 b(0x0123456789abcdefU);
  const Crc64 c = crc_of("c");
  constexpr std::uint64_t kLengthB = (std::uint64_t{1} << 40U) + 12345;
  const Crc64 left = Crc64::combine(Crc64::combine(a, b, kLengthB), c, 1);
  const Crc64 right = Crc64::combine(a, Crc64::combine(b, c, 1), kLengthB + 1);
  EXPECT_EQ(left, right);
}

TEST(Crc64, IsWrittenAsSixteenDigits) {
  EXPECT_EQ(crc64_text(0x995dc9bbdf1939faU), "995dc9bbdf1939fa");
  EXPECT_EQ(crc64_text(0xabU), "00000000000000ab");
  EXPECT_EQ(crc64_text(0), "0000000000000000");
}

TEST(Digest, OfKnownTextsIsKnown) {
  EXPECT_EQ(to_hex(md5({})), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(md5(as_bytes("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digester, TakesItsInputInPiecesAndMayMoveInBetween) {
  Digester first(Digester::Kind::md5);
  first.update(as_bytes("a"));
  Digester second(std::move(first));
  second.update(as_bytes("b"));
  Digester third(Digester::Kind::sha256);
  third = std::move(second);
  third.update(as_bytes("c"));
  Md5Digest digest{};
  third.finish(digest);
  EXPECT_EQ(digest, md5(as_bytes("abc")));
}

TEST(Secrets, AreEqualOnlyWhenAllOfThemIs) {
  EXPECT_TRUE(equal_secrets(as_bytes("abc"), as_bytes("abc")));
  EXPECT_TRUE(equal_secrets({}, {}));
  EXPECT_FALSE(equal_secrets(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_secrets(as_bytes("abc"), as_bytes("xbc")));
  EXPECT_FALSE(equal_secrets(as_bytes("abc"), as_bytes("ab")));
  EXPECT_FALSE(equal_secrets(as_bytes("abc"), {}));
}

}  // namespace partwise
