#include "core/blob.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/random.hpp"

namespace partwise {

TEST(BlobKey, IsWrittenAsThirtyTwoDigitsAndReadBack) {
  SystemRandom random;
  const BlobKey key = BlobKey::generate(random, "upload_1");
  EXPECT_EQ(key.text().size(), 32U);
  EXPECT_EQ(BlobKey::parse(key.text()), key);
}

TEST(BlobKey, HasOneSpelling) {
  const std::string text = "00112233445566778899aabbccddeeff";
  EXPECT_TRUE(BlobKey::parse(text));
  EXPECT_FALSE(BlobKey::parse("00112233445566778899AABBCCDDEEFF"));
  EXPECT_FALSE(BlobKey::parse(text.substr(1)));
  EXPECT_FALSE(BlobKey::parse(text + "0"));
  EXPECT_FALSE(BlobKey::parse(""));
  EXPECT_FALSE(BlobKey::parse("../../../../../../../../etc/pass"));
}

TEST(BlobKey, OfOneUploadLieTogetherAndDiffer) {
  SystemRandom random;
  std::set<BlobKey> keys;
  for (int i = 0; i < 1000; ++i) keys.insert(BlobKey::generate(random, "upload_1"));
  EXPECT_EQ(keys.size(), 1000U);
  for (const BlobKey& key : keys) EXPECT_EQ(key.bytes[0], keys.begin()->bytes[0]);
}

TEST(BlobKey, OfManyUploadsAreSpreadOut) {
  SystemRandom random;
  std::set<std::byte> first_bytes;
  for (int i = 0; i < 4000; ++i) {
    first_bytes.insert(BlobKey::generate(random, "upload_" + std::to_string(i)).bytes[0]);
  }
  EXPECT_EQ(first_bytes.size(), 256U);
}

}  // namespace partwise
