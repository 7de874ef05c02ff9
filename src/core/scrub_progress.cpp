#include "core/scrub_progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace partwise {

namespace {

using Table = OwnerCursor::Table;

std::string_view name_of(Table table) {
  switch (table) {
    case Table::intents:
      return "intents";
    case Table::parts:
      return "parts";
    case Table::files:
      return "files";
    case Table::none:
      break;
  }
  return "none";
}

std::string text_of(const OwnerCursor& cursor) {
  return fmt::format("{} {}", name_of(cursor.table), fmt::join(cursor.row, " "));
}

bool read(std::istringstream& words, OwnerCursor& cursor) {
  std::string name;
  words >> name >> cursor.row[0] >> cursor.row[1] >> cursor.row[2];
  // Rows are numbered from 1.
  if (std::ranges::any_of(cursor.row, [](std::int64_t number) { return number < 0; })) return false;
  for (const Table table : {Table::parts, Table::files, Table::none}) {
    if (name != name_of(table)) continue;
    cursor.table = table;
    return true;
  }
  return false;
}

}  // namespace

std::string progress_text(const ScrubProgress& progress) {
  return fmt::format("pass {}\nbegan {}\nended {}\nposition {}\nread {} {}\ndamaged {} {}\n",
                     progress.is_under_way ? "running" : "ended", unix_seconds(progress.began_at),
                     unix_seconds(progress.ended_at), text_of(progress.position), progress.blobs,
                     text_of(progress.page_end), progress.damaged, progress.damaged_before);
}

std::optional<ScrubProgress> parse_progress(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string name;
  std::string pass;
  std::int64_t began = 0;
  std::int64_t ended = 0;
  ScrubProgress progress;
  words >> name >> pass >> name >> began >> name >> ended >> name;
  if (!read(words, progress.position)) return std::nullopt;
  words >> name >> progress.blobs;
  if (!read(words, progress.page_end)) return std::nullopt;
  words >> name >> progress.damaged >> progress.damaged_before;
  progress.is_under_way = pass == "running";
  progress.began_at = from_unix_seconds(began);
  progress.ended_at = from_unix_seconds(ended);
  // Written by one function and read by this one: the exact text, or nothing.
  if (progress_text(progress) != text) return std::nullopt;
  return progress;
}

}  // namespace partwise
