#include "core/scrub_progress.hpp"

#include <gtest/gtest.h>

#include <string>

namespace partwise {

namespace {

const ScrubProgress kRunning{.is_under_way = true,
                             .began_at = from_unix_seconds(1'764'130'000),
                             .ended_at = from_unix_seconds(1'761'538'000),
                             .position = {.kind = ScrubPosition::Kind::file, .sequence = 812},
                             .blobs = 17,
                             .damaged = 2,
                             .damaged_before = 1};

TEST(ScrubProgress, IsAFewLinesForPeople) {
  EXPECT_EQ(progress_text(kRunning),
            "pass running\nbegan 1764130000\nended 1761538000\nposition file 812 17\n"
            "damaged 2 1\n");
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
  for (const char* other :
       {"", "pass running\n", "pass running\nbegan 1\nended 1\nposition file -1 1\ndamaged 0 0\n",
        "pass idle\nbegan 1\nended 1\nposition file 1 1\ndamaged 0 0\n",
        "pass ended\nbegan 1\nended 1\nposition part 1 1\ndamaged 0 0\n"}) {
    EXPECT_FALSE(parse_progress(other)) << other;
  }
  EXPECT_FALSE(parse_progress(text + "more 1\n"));
}

}  // namespace

}  // namespace partwise
