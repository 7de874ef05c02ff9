#pragma once

// What a check of the data has found, as it goes over the wire and as `partwise fsck --json` prints
// it.

#include <cstdint>
#include <string>
#include <vector>

#include "wire/json_writer.hpp"

namespace partwise::wire {

// {"kind","subject","sentence","repaired"}
struct WireFinding {
  std::string kind;
  std::string subject;
  std::string sentence;
  bool repaired = false;
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
