#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/seeded_random.hpp"

namespace partwise {

namespace {

constexpr Timestamp kNow{std::chrono::seconds{0x65a0b1c2}};

const std::string kHex = "0123456789abcdef0123456789abcdef";

}  // namespace

TEST(UploadId, CarriesTheSecondOfItsCreation) {
  SystemRandom random;
  const UploadId id = UploadId::generate(random, kNow);
  EXPECT_EQ(id.text.substr(0, 15), "upload_65a0b1c2");
  EXPECT_EQ(UploadId::parse(id.text), id);
}

TEST(UploadId, ParsesNothingButItself) {
  EXPECT_TRUE(UploadId::parse("upload_" + kHex));
  for (const std::string& text :
       {std::string(), std::string("upload_"), kHex, "part_" + kHex, "Upload_" + kHex,
        "upload_" + kHex + "0", "upload_" + kHex.substr(1), " upload_" + kHex.substr(1),
        "upload_" + kHex.substr(1) + "A", "upload_" + kHex.substr(1) + "g",
        "upload_" + kHex.substr(1) + "\n", "upload_" + kHex.substr(1) + std::string(1, '\0'),
        std::string("upload_../../../../../../etc/passwd00"),
        "upload_" + kHex.substr(2) + "\xc3\xa4", std::string(100'000, 'a')}) {
    EXPECT_FALSE(UploadId::parse(text)) << text.substr(0, 50);
  }
}

TEST(PartId, IsMadeAndParsedAsAnUploadId) {
  SystemRandom random;
  const PartId id = PartId::generate(random, kNow);
  EXPECT_EQ(id.text.substr(0, 13), "part_65a0b1c2");
  EXPECT_EQ(PartId::parse(id.text), id);
  EXPECT_FALSE(PartId::parse("upload_" + kHex));
  EXPECT_FALSE(PartId::parse("part_" + kHex + "0"));
}

TEST(FileId, HasTwentyTwoLettersAndDigits) {
  SystemRandom random;
  const FileId id = FileId::generate(random);
  EXPECT_EQ(id.text.size(), 5U + 22U);
  EXPECT_EQ(FileId::parse(id.text), id);
  EXPECT_TRUE(FileId::parse("file-0123456789abcdefABCDEF"));
  for (const char* text :
       {"", "file-", "file-0123456789abcdefABCDE", "file-0123456789abcdefABCDEF0",
        "file_0123456789abcdefABCDEF", "file-0123456789abcdefABCDE/", "file-0123456789abcdefABCDE.",
        "file-../../../../etc/passwd"}) {
    EXPECT_FALSE(FileId::parse(text)) << text;
  }
}

TEST(ProjectId, IsAShortLowerCaseName) {
  for (const std::string& text :
       {std::string("default"), std::string("a"), std::string("team-7_x"), std::string(64, 'p')}) {
    EXPECT_TRUE(ProjectId::parse(text)) << text;
  }
  for (const std::string& text : {std::string(), std::string("Default"), std::string("a b"),
                                  std::string("a/b"), std::string("a.b"), std::string(65, 'p')}) {
    EXPECT_FALSE(ProjectId::parse(text)) << text;
  }
}

TEST(KeyId, ParsesWhatItMade) {
  SystemRandom random;
  const KeyId id = KeyId::generate(random);
  EXPECT_EQ(KeyId::parse(id.text), id);
  EXPECT_FALSE(KeyId::parse("key_"));
  EXPECT_FALSE(KeyId::parse(id.text + "0"));
  EXPECT_FALSE(KeyId::parse("static"));
}

TEST(RunId, HasSixteenDigits) {
  SystemRandom random;
  const RunId run = RunId::generate(random);
  EXPECT_EQ(run.text.size(), 16U);
  EXPECT_EQ(run.text.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(Ids, OfOneSecondDiffer) {
  SystemRandom random;
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(made.insert(UploadId::generate(random, kNow).text).second);
    EXPECT_TRUE(made.insert(PartId::generate(random, kNow).text).second);
    EXPECT_TRUE(made.insert(FileId::generate(random).text).second);
    EXPECT_TRUE(made.insert(KeyId::generate(random).text).second);
    EXPECT_TRUE(made.insert(RunId::generate(random).text).second);
  }
}

TEST(Ids, ComeFromTheRandomnessThatIsHandedIn) {
  test::SeededRandom a(3);
  test::SeededRandom b(3);
  EXPECT_EQ(UploadId::generate(a, kNow), UploadId::generate(b, kNow));
  EXPECT_EQ(FileId::generate(a), FileId::generate(b));
}

}  // namespace partwise
