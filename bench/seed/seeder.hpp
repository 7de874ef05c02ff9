#pragma once

// Fills the metadata of a server that does not run with rows as uploads and files of the past would
// have left them, so that a server with ten million of them can be measured minutes later. Contents
// are empty: there are no blobs, and `partwise fsck` finds nothing to complain about.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/sqlite/database.hpp"

namespace partwise::seed {

struct SeedSettings {
  // Those that a file is left for are completed, the others cancelled. The rest of the files were
  // posted whole.
  std::uint64_t finished_uploads = 0;
  std::uint64_t files = 0;
  std::uint64_t pending_uploads = 0;
  std::uint64_t samples = 1000;  // How many ids of each kind to return, at most.
  Timestamp now;                 // Objects are of the day before, evenly spread.
};

// Ids at even distances, the oldest first.
struct SeededIds {
  std::vector<std::string> finished_uploads;
  std::vector<std::string> files;
  std::vector<std::string> pending_uploads;
};

// `database` is of the newest version, and nobody else has it open. A seeding that was interrupted
// leaves a file of no use. Errors as in Database.
[[nodiscard]] Result<SeededIds> seed(sqlite::Database& database, const SeedSettings& settings);

}  // namespace partwise::seed
