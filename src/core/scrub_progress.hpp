#pragma once

// How far the scrubber is: a few lines of text in a small file, so that a restart goes on where it
// was. docs/formats/data-directory.md shows it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "core/scrub_source.hpp"

namespace partwise {

struct ScrubProgress {
  bool is_under_way = false;  // A pass has begun and has not ended.
  Timestamp began_at{};       // The pass under way, or the last one; the epoch: none ever has.
  Timestamp ended_at{};       // The last full pass; the epoch: none ever has.
  ScrubPosition position;     // Of the pass under way: whose blobs it reads,
  std::uint64_t blobs = 0;    // and how many of them it has read.
  std::uint64_t damaged = 0;  // Blobs that the pass under way found damaged, missing, unreadable.
  std::uint64_t damaged_before = 0;  // The same, of the last full pass.
  friend bool operator==(const ScrubProgress&, const ScrubProgress&) = default;
};

[[nodiscard]] std::string progress_text(const ScrubProgress& progress);

// Nothing for whatever progress_text did not write.
[[nodiscard]] std::optional<ScrubProgress> parse_progress(std::string_view text);

}  // namespace partwise
