#include "core/scrub_progress.hpp"

#include <fmt/format.h>

#include <sstream>

namespace partwise {

namespace {

std::string_view name_of(ScrubPosition::Kind kind) {
  return kind == ScrubPosition::Kind::upload ? "upload" : "file";
}

}  // namespace

std::string progress_text(const ScrubProgress& progress) {
  return fmt::format("pass {}\nbegan {}\nended {}\nposition {} {} {}\ndamaged {} {}\n",
                     progress.is_under_way ? "running" : "ended", unix_seconds(progress.began_at),
                     unix_seconds(progress.ended_at), name_of(progress.position.kind),
                     progress.position.sequence, progress.blobs, progress.damaged,
                     progress.damaged_before);
}

std::optional<ScrubProgress> parse_progress(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string name;
  std::string pass;
  std::string kind;
  std::int64_t began = 0;
  std::int64_t ended = 0;
  ScrubProgress progress;
  words >> name >> pass >> name >> began >> name >> ended >> name >> kind >>
      progress.position.sequence >> progress.blobs >> name >> progress.damaged >>
      progress.damaged_before;
  progress.is_under_way = pass == "running";
  progress.began_at = from_unix_seconds(began);
  progress.ended_at = from_unix_seconds(ended);
  if (kind == name_of(ScrubPosition::Kind::file))
    progress.position.kind = ScrubPosition::Kind::file;
  // Written by one function and read by this one: the exact text, or nothing.
  if (progress_text(progress) != text) return std::nullopt;
  return progress;
}

}  // namespace partwise
