#include "core/file_rules.hpp"

#include <gtest/gtest.h>

namespace partwise {
namespace {

constexpr CoreLimits kLimits;

std::string refusal(Purpose purpose, std::string filename) {
  const auto checked = check_new_file(
      {.filename = std::move(filename), .purpose = purpose, .expires_after = {}}, kLimits);
  return checked ? "" : checked.error().message;
}

TEST(FileRules, BatchAndFineTuneFilesAreJsonLinesByTheirExtension) {
  EXPECT_EQ(refusal(Purpose::batch, "a.jsonl"), "");
  EXPECT_EQ(refusal(Purpose::batch, "A.JSONL"), "");
  EXPECT_EQ(refusal(Purpose::batch, "without"), "");
  EXPECT_EQ(refusal(Purpose::batch, "a.jsonl.txt"),
            "Invalid file format for Batch API. Must be .jsonl");
  EXPECT_EQ(refusal(Purpose::fine_tune, "a.json"),
            "Invalid file format for Fine-Tuning API. Must be .jsonl");
  EXPECT_EQ(refusal(Purpose::fine_tune, "a."),
            "Invalid file format for Fine-Tuning API. Must be .jsonl");
  EXPECT_EQ(refusal(Purpose::assistants, "a.exe"), "");
}

TEST(FileRules, NamesAreBounded) {
  EXPECT_EQ(refusal(Purpose::vision, ""), "'' is too short - 'filename'");
  EXPECT_EQ(refusal(Purpose::vision, std::string(1024, 'x')), "");
  EXPECT_NE(refusal(Purpose::vision, std::string(1025, 'x')), "");
}

TEST(FileRules, ALifeIsAsAskedWithinItsBoundsOrThatOfThePurpose) {
  using std::chrono::seconds;
  EXPECT_TRUE(check_expires_after(seconds(3600), kLimits).has_value());
  EXPECT_TRUE(check_expires_after(seconds(2'592'000), kLimits).has_value());
  EXPECT_TRUE(check_expires_after({}, kLimits).has_value());
  EXPECT_EQ(check_expires_after(seconds(60), kLimits).error().message,
            "60 is less than the minimum of 3600 - 'expires_after.seconds'");
  EXPECT_EQ(check_expires_after(seconds(2'592'001), kLimits).error().message,
            "2592001 is greater than the maximum of 2592000 - 'expires_after.seconds'");
  EXPECT_EQ(file_ttl_of(Purpose::batch, {}, kLimits), seconds(2'592'000));
  EXPECT_EQ(file_ttl_of(Purpose::batch, seconds(3600), kLimits), seconds(3600));
  EXPECT_EQ(file_ttl_of(Purpose::vision, {}, kLimits), std::nullopt);
}

TEST(FileRules, ABatchIsSmallerThanOtherFilesAndSaysSoInItsOwnWords) {
  EXPECT_EQ(file_bytes_max(Purpose::batch, kLimits), 200'000'000U);
  EXPECT_EQ(file_bytes_max(Purpose::vision, kLimits), 512 * kMiB);
  EXPECT_EQ(file_too_large(Purpose::batch, kLimits).message, "File is too large.");
  EXPECT_EQ(file_too_large(Purpose::batch, kLimits).code, ErrorCode::invalid_request);
  EXPECT_EQ(file_too_large(Purpose::vision, kLimits).code, ErrorCode::too_large);
}

}  // namespace
}  // namespace partwise
