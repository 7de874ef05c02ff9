#include "wire/json_reader.hpp"

#include <gtest/gtest.h>

namespace partwise::wire {
namespace {

std::string nested_arrays(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

const JsonValue* member(const Result<JsonValue>& document, std::string_view key) {
  if (!document) return nullptr;
  const auto* object = std::get_if<JsonObject>(&document->value);
  return object == nullptr ? nullptr : find_member(*object, key);
}

void expect_unparsable(std::string_view text) {
  const auto parsed = parse_json(text);
  ASSERT_FALSE(parsed.has_value()) << text;
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid_request);
  EXPECT_TRUE(
      parsed.error().message.starts_with("We could not parse the JSON body of your request. "))
      << parsed.error().message;
  EXPECT_TRUE(parsed.error().message.ends_with(".")) << parsed.error().message;
  EXPECT_EQ(parsed.error().param, "");
}

TEST(JsonReader, EveryTypeKeepsItsValue) {
  const auto parsed = parse_json(
      R"( {"a":null,"b":true,"c":-5,"d":18446744073709551615,"e":1e3,"f":"x","g":[1],"h":{}} )");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_TRUE(member(parsed, "a")->is_null());
  EXPECT_EQ(std::get<bool>(member(parsed, "b")->value), true);
  EXPECT_EQ(std::get<std::int64_t>(member(parsed, "c")->value), -5);
  EXPECT_EQ(std::get<std::uint64_t>(member(parsed, "d")->value), 18446744073709551615ULL);
  EXPECT_EQ(std::get<double>(member(parsed, "e")->value), 1000.0);
  EXPECT_EQ(std::get<std::string>(member(parsed, "f")->value), "x");
  EXPECT_EQ(std::get<JsonArray>(member(parsed, "g")->value).size(), 1U);
  EXPECT_TRUE(std::get<JsonObject>(member(parsed, "h")->value).empty());
  EXPECT_EQ(member(parsed, "i"), nullptr);
}

TEST(JsonReader, EscapesAndUtf8InTextsAreRead) {
  const auto parsed = parse_json("{\"a\":\"\\u00e9\\ud83d\\ude00\\n\xC3\xA9\"}");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(std::get<std::string>(member(parsed, "a")->value),
            "\xC3\xA9\xF0\x9F\x98\x80\n\xC3\xA9");
}

TEST(JsonReader, WhatIsNotOneJsonValueIsRefused) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "{\"a\":1,}",
                                      "[1,]",
                                      "nul",
                                      "{\"a\":01}",
                                      "{\"a\":+1}",
                                      "{\"a\":1.}",
                                      "{\"a\":.5}",
                                      "{\"a\":NaN}",
                                      "{\"a\":Infinity}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\\x\"}",
                                      "{\"a\":\"x}",
                                      "// {}\n{}",
                                      "bytes=1&purpose=batch"}) {
    expect_unparsable(text);
  }
}

TEST(JsonReader, TrailingGarbageIsRefused) {
  expect_unparsable("{} {}");
  expect_unparsable("{}x");
  expect_unparsable(std::string_view("{}\0", 3));
  EXPECT_TRUE(parse_json("{}\r\n\t ").has_value());
}

TEST(JsonReader, ABodyThatIsNotUtf8IsRefused) {
  expect_unparsable("{\"a\":\"\xFF\"}");
  expect_unparsable("{\"a\":\"\xC3\"}");
  expect_unparsable("{\"\xED\xA0\x80\":1}");
}

TEST(JsonReader, AByteOrderMarkIsRefusedByName) {
  EXPECT_NE(parse_json("\xEF\xBB\xBF{}").error().message.find("byte order mark"),
            std::string::npos);
  expect_unparsable("\xEF\xBB\xBF{}");
  expect_unparsable(std::string_view("\xFE\xFF\0{\0}", 6));
}

TEST(JsonReader, LoneSurrogateEscapesAreRefused) {
  expect_unparsable(R"({"a":"\ud83d"})");
  expect_unparsable(R"({"a":"\ude00"})");
  expect_unparsable(R"({"a":"\ud83dx"})");
  expect_unparsable(R"({"\ude00":1})");
}

TEST(JsonReader, DuplicateKeysAreRefusedAtEveryLevel) {
  expect_unparsable(R"({"a":1,"a":1})");
  expect_unparsable(R"({"a":1,"b":2,"a":3})");
  expect_unparsable(R"({"x":{"a":1,"a":2}})");
  expect_unparsable(R"({"x":[[{"y":{"a":1,"a":2}}]]})");
  expect_unparsable(R"({"a":1,"\u0061":2})");
  EXPECT_TRUE(parse_json(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})").has_value());
}

TEST(JsonReader, ManyKeysAreCheckedWithoutDelay) {
  std::string text = "{";
  for (int i = 0; i < 30'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  expect_unparsable(text + R"("29999":0})");
  EXPECT_TRUE(parse_json(text + R"("30000":0})").has_value());
}

TEST(JsonReader, NestingIsLimited) {
  EXPECT_TRUE(parse_json(nested_arrays(31), {.depth_max = 32}).has_value());
  expect_unparsable(nested_arrays(33));
  expect_unparsable(nested_arrays(100'000));
  expect_unparsable(std::string(100'000, '['));
}

TEST(JsonReader, ValuesAreLimitedAtEveryLevel) {
  EXPECT_TRUE(parse_json("[1,[2],{}]", {.values_max = 5}));
  for (const std::string_view text : {"[1,[2],{},3]", "[1,2,3,4,5]", R"({"a":[1,2,3,4]})"}) {
    const auto refused = parse_json(text, {.values_max = 5});
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
    EXPECT_NE(refused.error().message.find("too many values"), std::string::npos);
  }
  // The longest list of parts is not too long.
  std::string longest = "[0";
  for (int i = 1; i < 10'000; ++i) longest += ",0";
  EXPECT_TRUE(parse_json(longest + "]"));
}

TEST(JsonReader, IntegersBeyond64BitsAreRefused) {
  expect_unparsable(R"({"a":18446744073709551616})");
  expect_unparsable(R"({"a":-9223372036854775809})");
  expect_unparsable("{\"a\":" + std::string(400, '9') + "}");
}

TEST(JsonReader, MessagesShowValuesInShort) {
  EXPECT_EQ(shown_value({}), "null");
  EXPECT_EQ(shown_value({false}), "false");
  EXPECT_EQ(shown_value({std::int64_t{-3}}), "-3");
  EXPECT_EQ(shown_value({1.5}), "1.5");
  EXPECT_EQ(shown_value({std::string("x")}), "'x'");
  EXPECT_EQ(shown_value({JsonArray{{}, {}}}), "[...]");
  EXPECT_EQ(shown_value({JsonObject{}}), "{}");
  EXPECT_EQ(shown_value({std::string(1000, 'x')}), "'" + std::string(64, 'x') + "...'");
}

}  // namespace
}  // namespace partwise::wire
