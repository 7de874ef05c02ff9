#pragma once

// How far the scrubber is: a few lines of text in a small file, so that a restart goes on where it
// was. docs/formats/data-directory.md shows it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "core/live_catalog.hpp"

namespace partwise {

// Parts come before files, so a part whose upload is completed during the pass is met again as a
// part of its file, and not missed. Intents are nobody's yet.
inline constexpr OwnerCursor kScrubBegin{.table = OwnerCursor::Table::parts};

struct ScrubProgress {
  bool is_under_way = false;  // A pass has begun and has not ended.
  Timestamp began_at{};       // The pass under way, or the last one; the epoch: none ever has.
  Timestamp ended_at{};       // The last full pass; the epoch: none ever has.
  OwnerCursor position = kScrubBegin;  // Of the pass under way: behind what it reads the blobs
  OwnerCursor page_end = kScrubBegin;  // up to here,
  std::uint64_t blobs = 0;             // and has read so many of them.
  std::uint64_t damaged = 0;  // Blobs that the pass under way found damaged, missing, unreadable.
  std::uint64_t damaged_before = 0;  // The same, of the last full pass.
  friend bool operator==(const ScrubProgress&, const ScrubProgress&) = default;
};

[[nodiscard]] std::string progress_text(const ScrubProgress& progress);

// Nothing for whatever progress_text did not write.
[[nodiscard]] std::optional<ScrubProgress> parse_progress(std::string_view text);

}  // namespace partwise
