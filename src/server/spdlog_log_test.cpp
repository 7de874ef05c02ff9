#include "server/spdlog_log.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <semaphore>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace partwise {
namespace {

// Holds the first line until it is released: a reader of the log that has stalled.
class StalledBuffer final : public std::stringbuf {
 public:
  void await_stall() { stalled_.acquire(); }
  void release() { released_.release(); }

 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    if (first_) {
      first_ = false;
      stalled_.release();
      released_.acquire();
    }
    return std::stringbuf::xsputn(text, size);
  }

  std::binary_semaphore stalled_{0};
  std::binary_semaphore released_{0};
  bool first_ = true;
};

std::size_t count_of(const std::string& needle, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(needle); at != std::string::npos; at = text.find(needle, at + 1))
    ++count;
  return count;
}

TEST(SpdlogLog, ALineHasAUtcTimeStampItsLevelAndItsMessage) {
  std::ostringstream out;
  {
    SpdlogLog(out, LogLevel::info).warning("the volume is degraded");
  }
  const std::regex line(
      R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning the volume is degraded\n)");
  EXPECT_TRUE(std::regex_match(out.str(), line)) << out.str();
}

TEST(SpdlogLog, LinesBelowTheLevelAreNotWritten) {
  std::ostringstream out;
  {
    SpdlogLog log(out, LogLevel::warning);
    log.debug("one");
    log.info("two");
    log.error("three");
  }
  EXPECT_EQ(count_of("\n", out.str()), 1U);
  EXPECT_EQ(count_of("three", out.str()), 1U);
}

TEST(SpdlogLog, AMessageWithALineBreakStaysOneLine) {
  std::ostringstream out;
  {
    SpdlogLog(out, LogLevel::info).info("GET /a\r\n2026-01-01T00:00:00.000Z info forged {}");
  }
  EXPECT_EQ(count_of("\n", out.str()), 1U);
  EXPECT_EQ(count_of("/a\\x0d\\x0a2026", out.str()), 1U) << out.str();
}

std::string json_line(const LogEvent& event) {
  std::ostringstream out;
  {
    SpdlogLog(out, LogLevel::debug, LogFormat::json).write_event(event);
  }
  return out.str();
}

TEST(SpdlogLog, AJsonLineHasItsTimeItsLevelItsMessageAndItsFields) {
  const std::vector<LogField> fields{
      {"path", "/a"}, {"status", std::uint64_t{200}}, {"duration_ms", 1.25}};
  const std::string line = json_line(
      {.level = LogLevel::warning, .message = "request", .fields = fields, .text = "unused"});
  const std::regex expected(
      R"(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"warning",)"
      R"("message":"request","path":"/a","status":200,"duration_ms":1\.250\}\n)");
  EXPECT_TRUE(std::regex_match(line, expected)) << line;
}

TEST(SpdlogLog, WhateverIsInAJsonLineItStaysOneValidLine) {
  const std::string_view hostile = "a\"b\\\r\n\x7f{}\xff\xc3\xa9%v";
  const std::vector<LogField> fields{{"path", hostile}};
  const std::string line =
      json_line({.level = LogLevel::info, .message = hostile, .fields = fields, .text = {}});
  EXPECT_EQ(count_of("\n", line), 1U);
  EXPECT_EQ(count_of(R"(a\"b\\\r\n)"
                     "\\u007f{}\xEF\xBF\xBD\xc3\xa9%v\"",
                     line),
            2U)
      << line;
}

TEST(SpdlogLog, APlainLineIsJsonToo) {
  std::ostringstream out;
  {
    SpdlogLog(out, LogLevel::info, LogFormat::json).error("no room");
  }
  EXPECT_EQ(count_of(R"("level":"error","message":"no room"})", out.str()), 1U) << out.str();
}

TEST(SpdlogLog, ALineOfTextIsTheTextOfItsEvent) {
  std::ostringstream out;
  {
    const std::vector<LogField> fields{{"path", "/a"}};
    SpdlogLog(out, LogLevel::info)
        .write_event(
            {.level = LogLevel::info, .message = "request", .fields = fields, .text = "GET /a"});
  }
  EXPECT_TRUE(out.str().ends_with("Z info    GET /a\n")) << out.str();
}

// Refuses its first line, as a full disk does.
class FullBuffer final : public std::stringbuf {
 private:
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    return std::exchange(full_, false) ? 0 : std::stringbuf::xsputn(text, size);
  }
  bool full_ = true;
};

TEST(SpdlogLog, ALineThatCouldNotBeWrittenDoesNotSilenceTheNextOnes) {
  FullBuffer buffer;
  std::ostream out(&buffer);
  {
    SpdlogLog log(out, LogLevel::info);
    log.info("lost");
    log.info("written");
  }
  EXPECT_EQ(count_of("lost", buffer.str()), 0U);
  EXPECT_EQ(count_of("written", buffer.str()), 1U);
}

TEST(SpdlogLog, WhatAFullQueueCannotHoldIsDroppedAndCounted) {
  StalledBuffer buffer;
  std::ostream out(&buffer);
  {
    SpdlogLog log(out, LogLevel::info, LogFormat::text, 8);
    log.info("held");
    buffer.await_stall();
    for (int i = 0; i < 20; ++i) log.info("queued");
    EXPECT_EQ(log.dropped_lines(), 12U);
    buffer.release();
  }
  const std::string text = buffer.str();
  EXPECT_EQ(count_of("held", text), 1U);
  EXPECT_EQ(count_of("12 lines of this log were dropped", text), 1U) << text;
}

}  // namespace
}  // namespace partwise
