#include "core/manifest_codec.hpp"

#include <gtest/gtest.h>

namespace partwise::test {

namespace {
const BlobKey kFirst = *BlobKey::parse("000102030405060708090a0b0c0d0e0f");
const BlobKey kSecond = *BlobKey::parse("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
}  // namespace

TEST(ManifestCodec, ASegmentIsItsKeyThenBytesThenCrcLittleEndian) {
  const auto packed =
      pack_manifest({{.key = kFirst, .bytes = 0x0102, .crc64 = 0x995dc9bbdf1939fa}});
  EXPECT_EQ(to_hex(packed),
            "000102030405060708090a0b0c0d0e0f"
            "0201000000000000"
            "fa3919dfbbc95d99");
}

TEST(ManifestCodec, WhatWasPackedIsUnpackedInItsOrder) {
  const Manifest manifest{{.key = kSecond, .bytes = ~0ULL, .crc64 = 1},
                          {.key = kFirst, .bytes = 0, .crc64 = ~0ULL}};
  EXPECT_EQ(unpack_manifest(pack_manifest(manifest)), manifest);
  EXPECT_TRUE(unpack_manifest({}).empty());
  const std::vector keys{kSecond, kFirst};
  EXPECT_EQ(unpack_keys(pack_keys(keys)), keys);
  EXPECT_EQ(pack_keys(keys).size(), 32U);
}

TEST(ManifestCodec, AnIncompleteSegmentIsIgnored) {
  auto packed = pack_manifest({{.key = kFirst, .bytes = 1, .crc64 = 2}});
  packed.push_back(std::byte{1});
  EXPECT_EQ(unpack_manifest(packed).size(), 1U);
}

}  // namespace partwise::test
