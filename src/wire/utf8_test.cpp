#include "wire/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace partwise::wire {
namespace {

TEST(Utf8, SequencesOfEveryLengthAreWellFormed) {
  EXPECT_EQ(utf8_sequence_length("a"), 1U);
  EXPECT_EQ(utf8_sequence_length("\xC2\x80"), 2U);
  EXPECT_EQ(utf8_sequence_length("\xE0\xA0\x80"), 3U);
  EXPECT_EQ(utf8_sequence_length("\xF0\x90\x80\x80"), 4U);
  EXPECT_EQ(utf8_sequence_length("\xF4\x8F\xBF\xBF"), 4U);
}

TEST(Utf8, WhatRfc3629ExcludesIsNoSequence) {
  for (const std::string_view text :
       {"", "\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "\xF0\x9F\x98",
        "\xE2\x28\xA1", "\xE2\x82\x28"}) {
    EXPECT_EQ(utf8_sequence_length(text), 0U) << text.size();
  }
}

TEST(Utf8, ATextIsWellFormedToItsLastByte) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("na\xC3\xAFve \xF0\x9F\x98\x80"));
  EXPECT_FALSE(is_utf8("na\xC3\xAFve\xF0\x9F\x98"));
}

TEST(Utf8, APrefixNeverEndsInsideASequence) {
  const std::string text =
      "ab\xE2\x82\xAC"
      "c";
  EXPECT_EQ(utf8_prefix(text, 100), text);
  EXPECT_EQ(utf8_prefix(text, 5), "ab\xE2\x82\xAC");
  EXPECT_EQ(utf8_prefix(text, 4), "ab");
  EXPECT_EQ(utf8_prefix(text, 3), "ab");
  EXPECT_EQ(utf8_prefix(text, 0), "");
}

}  // namespace
}  // namespace partwise::wire
