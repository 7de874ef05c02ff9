#include "core/scrub_progress.hpp"

#include <gtest/gtest.h>

#include <string>

namespace partwise {

namespace {

const ScrubProgress kRunning{.is_under_way = true,
                             .began_at = from_unix_seconds(1'764'130'000),
                             .ended_at = from_unix_seconds(1'761'538'000),
                             .position = {.table = OwnerCursor::Table::files, .row = {811}},
                             .page_end = {.table = OwnerCursor::Table::files, .row = {812}},
                             .blobs = 17,
                             .damaged = 2,
                             .damaged_before = 1};

TEST(ScrubProgress, IsAFewLinesForPeople) {
  EXPECT_EQ(progress_text(kRunning),
            "pass running\nbegan 1764130000\nended 1761538000\nposition files 811 0 0\n"
            "read 17 files 812 0 0\ndamaged 2 1\n");
}

TEST(ScrubProgress, IsReadAsItWasWritten) {
  for (const ScrubProgress& progress : {ScrubProgress{}, kRunning}) {
    EXPECT_EQ(parse_progress(progress_text(progress)), progress);
  }
}

TEST(ScrubProgress, OfAnyOtherTextIsNothing) {
  const std::string text = progress_text(kRunning);
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(parse_progress(text.substr(0, length))) << length;
  }
  const std::string begin = "pass running\nbegan 1\nended 1\n";
  const std::string end = "read 1 files 2 0 0\ndamaged 0 0\n";
  EXPECT_TRUE(parse_progress(begin + "position files 1 0 0\n" + end));
  for (const std::string& other :
       {std::string(), std::string("pass running\n"), begin + "position files -1 0 0\n" + end,
        begin + "position intents 1 0 0\n" + end, begin + "position file 1 0 0\n" + end,
        "pass idle\nbegan 1\nended 1\nposition files 1 0 0\n" + end,
        begin + "position files 1 0\n" + end}) {
    EXPECT_FALSE(parse_progress(other)) << other;
  }
  EXPECT_FALSE(parse_progress(text + "more 1\n"));
}

}  // namespace

}  // namespace partwise
