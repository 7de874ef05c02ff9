#include "wire/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace partwise::wire {
namespace {

std::string text_json(std::string_view text) {
  JsonWriter out;
  out.text(text);
  return out.take();
}

TEST(JsonWriter, CommasStandBetweenMembersAndItemsOnly) {
  JsonWriter out;
  out.begin_object().key("a").number(1).key("b").begin_array().text("x").null().end_array();
  out.key("c").begin_object().end_object().key("d").begin_array().end_array();
  out.key("e").boolean(true).key("f").boolean(false).end_object();
  EXPECT_EQ(out.take(), R"({"a":1,"b":["x",null],"c":{},"d":[],"e":true,"f":false})");
}

TEST(JsonWriter, ADecimalHasTheDigitsThatWereAskedFor) {
  JsonWriter out;
  out.begin_array().decimal(0.25, 1).decimal(1234567.0, 3).decimal(-2.5, 0).end_array();
  EXPECT_EQ(out.take(), "[0.2,1234567.000,-2]");
}

TEST(JsonWriter, ItemsAfterNestedOnesAreSeparated) {
  JsonWriter out;
  out.begin_array().begin_array().end_array().begin_object().end_object().number(2).end_array();
  EXPECT_EQ(out.take(), "[[],{},2]");
}

TEST(JsonWriter, ATextThatEndsLikeABracketIsStillSeparated) {
  JsonWriter out;
  out.begin_array().text("{").text("[").text(":").text(",").end_array();
  EXPECT_EQ(out.take(), R"(["{","[",":",","])");
}

TEST(JsonWriter, IntegersKeepAll64Bits) {
  JsonWriter out;
  out.begin_array().number(std::numeric_limits<std::uint64_t>::max());
  out.number(std::numeric_limits<std::int64_t>::min()).end_array();
  EXPECT_EQ(out.take(), "[18446744073709551615,-9223372036854775808]");
}

TEST(JsonWriter, QuotesBackslashesAndControlsAreEscaped) {
  EXPECT_EQ(text_json("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(text_json("\n\r\t\b\x1f\x7f"), "\"\\n\\r\\t\\u0008\\u001f\\u007f\"");
  EXPECT_EQ(text_json(std::string_view("\0", 1)), R"("\u0000")");
}

TEST(JsonWriter, Utf8PassesThrough) {
  EXPECT_EQ(text_json("na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "\"na\xC3\xAFve \xE2\x82\xAC \xF0\x9F\x98\x80\"");
}

TEST(JsonWriter, WhatSteersATerminalIsEscaped) {
  EXPECT_EQ(text_json("\xC2\x9B"
                      "31m"),
            R"("\u009b31m")");
  EXPECT_EQ(text_json("\xE2\x80\xAEgnp.exe"), R"("\u202egnp.exe")");
  EXPECT_EQ(text_json("\xE2\x80\xA8\xE2\x81\xA9"), R"("\u2028\u2069")");
}

TEST(JsonWriter, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(text_json("a\xFF"
                      "b\xC3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
}

TEST(JsonWriter, KeysAreEscapedToo) {
  JsonWriter out;
  out.begin_object().key("a\"").null().end_object();
  EXPECT_EQ(out.take(), R"({"a\"":null})");
}

}  // namespace
}  // namespace partwise::wire
