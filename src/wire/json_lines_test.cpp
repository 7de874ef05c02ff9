#include "wire/json_lines.hpp"

#include <gtest/gtest.h>

namespace partwise::wire {
namespace {

// What is wrong with `text`, however it is cut into pieces; empty: nothing.
std::string fault_of(std::string_view text, JsonLinesLimits limits = {}) {
  std::string all_at_once;
  for (const std::size_t piece_bytes : {text.size() + 1, std::size_t{1}, std::size_t{3}}) {
    JsonLines lines(limits);
    Result<> result;
    for (std::size_t at = 0; at < text.size() && result; at += piece_bytes) {
      result = lines.update(as_bytes(text.substr(at, piece_bytes)));
    }
    if (result) result = lines.finish();
    const std::string fault = result ? "" : result.error().message;
    if (piece_bytes == text.size() + 1) all_at_once = fault;
    EXPECT_EQ(fault, all_at_once) << text;
  }
  return all_at_once;
}

TEST(JsonLines, OneObjectOnEachLineIsRight) {
  EXPECT_EQ(fault_of("{}"), "");
  EXPECT_EQ(fault_of("{\"a\":[1,{\"b\":null}]}\n{\"c\":\"\xc3\xa9\"}\n"), "");
  EXPECT_EQ(fault_of("\r\n{}\r\n\n  \n {} \n"), "");
}

TEST(JsonLines, WhatIsNoneIsNamedByItsLine) {
  EXPECT_EQ(fault_of("{}\n{\"a\":}\n"),
            "Line 2 of the file is not valid JSON. Each line must be one JSON object in UTF-8.");
  EXPECT_EQ(fault_of("{}\n\n[1]"),
            "Line 3 of the file is no JSON object. Each line must be one JSON object in UTF-8.");
  for (const char* text :
       {"{} {}", "{", "a,b\n1,2", "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}", "{\"a\":\n1}"}) {
    EXPECT_NE(fault_of(text), "") << text;
  }
}

TEST(JsonLines, AnEmptyFileHasNoLine) {
  EXPECT_NE(fault_of(""), "");
  EXPECT_NE(fault_of("\n\n"), "");
}

TEST(JsonLines, LinesAndDepthAreBounded) {
  const JsonLinesLimits limits{.line_bytes_max = 20, .depth_max = 4};
  EXPECT_EQ(fault_of("{\"a\":\"012345678901\"}", limits), "");
  EXPECT_EQ(fault_of("{}\n{\"a\":\"0123456789012\"}", limits),
            "Line 2 of the file has more than 20 bytes. Each line must be one JSON object in "
            "UTF-8.");
  EXPECT_EQ(fault_of("{\"a\":[[1]]}", limits), "");
  EXPECT_NE(fault_of("{\"a\":[[[[1]]]]}", limits), "");
}

}  // namespace
}  // namespace partwise::wire
