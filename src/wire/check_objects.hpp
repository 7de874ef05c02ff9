#pragma once

// What a check of the data has found, as it goes over the wire and as `partwise fsck --json` prints
// it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/json_writer.hpp"

namespace partwise::wire {

// Which bytes of what are lost. Of a part of a pending upload: {"part_id","upload_id",
// "part_number","bytes"}. Of a file: {"file_id","part_number","part_count","offset","bytes"}.
struct WirePlace {
  std::string part_id;  // Empty for a file.
  std::string upload_id;
  std::string file_id;
  std::uint64_t part_number = 0;  // From 1.
  std::uint64_t part_count = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

// {"kind","subject","sentence","repaired"}, and the place where the finding is about one blob.
struct WireFinding {
  std::string kind;
  std::string subject;
  std::string sentence;
  bool repaired = false;
  std::optional<WirePlace> place;
};

// {"object":"fsck","clean","blobs_listed","blobs_checked","bytes_checked","findings_total",
// "findings":[…]}
struct WireCheck {
  bool clean = false;
  std::uint64_t blobs_listed = 0;
  std::uint64_t blobs_checked = 0;
  std::uint64_t bytes_checked = 0;
  std::uint64_t findings_total = 0;
  std::vector<WireFinding> findings;
};

void write(JsonWriter& out, const WireFinding& finding);
void write(JsonWriter& out, const WireCheck& check);

}  // namespace partwise::wire
