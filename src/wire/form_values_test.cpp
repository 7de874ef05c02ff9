#include "wire/form_values.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace partwise::wire {
namespace {

TEST(FormValues, IntegersAreDigitsAndNothingElse) {
  EXPECT_EQ(parse_integer("3600", "x").value(), 3600);
  EXPECT_EQ(parse_integer("-1", "x").value(), -1);
  EXPECT_EQ(parse_integer(std::string(40, '9'), "x").value(),
            std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_integer("-" + std::string(40, '9'), "x").value(),
            std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", "-", "1.0", "1e3", " 1", "1 ", "+1", "0x10", "--1"}) {
    const auto parsed = parse_integer(text, "a.b");
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().param, "a.b");
  }
  EXPECT_EQ(parse_integer("1e3", "a.b").error().message, "'1e3' is not of type 'integer' - 'a.b'");
}

TEST(FormValues, AnExpiryHasBothItsFields) {
  EXPECT_EQ(parse_expires_after({}, {}).value(), std::nullopt);
  EXPECT_EQ(parse_expires_after("created_at", "60").value(), 60);
  EXPECT_EQ(parse_expires_after("created_at", {}).error().param, "expires_after.seconds");
  EXPECT_EQ(parse_expires_after({}, "60").error().message,
            "'expires_after.anchor' is a required property");
  EXPECT_EQ(parse_expires_after("now", "60").error().message,
            "'now' is not one of ['created_at'] - 'expires_after.anchor'");
}

}  // namespace
}  // namespace partwise::wire
