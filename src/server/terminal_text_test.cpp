#include "server/terminal_text.hpp"

#include <gtest/gtest.h>

namespace partwise {
namespace {

TEST(TerminalText, WhatIsToBeReadPasses) {
  for (const std::string_view text :
       {"", "a b\"\\", "na\xC3\xAFve", "\xD7\xA9\xD7\x9C", "\xF0\x9F\x98\x80"}) {
    EXPECT_EQ(terminal_text(text), text);
  }
}

TEST(TerminalText, ControlCharactersAreEscaped) {
  EXPECT_EQ(terminal_text("a\x1b[2J\r\n\t\x7f"), "a\\x1b[2J\\x0d\\x0a\\x09\\x7f");
  EXPECT_EQ(terminal_text(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(terminal_text("\xC2\x9B"
                          "31m"),
            "\\u{9b}31m")
      << "the CSI of one character";
}

TEST(TerminalText, WhatTurnsTheDirectionIsEscaped) {
  EXPECT_EQ(terminal_text("\xE2\x80\xAEgnp.exe\xE2\x80\xA8"), "\\u{202e}gnp.exe\\u{2028}");
}

TEST(TerminalText, BytesThatAreNoUtf8AreEscaped) {
  EXPECT_EQ(terminal_text("\x9b"
                          "1m\xC0\xAF\xE2\x82"),
            "\\x9b1m\\xc0\\xaf\\xe2\\x82");
}

}  // namespace
}  // namespace partwise
