#pragma once

// What the store has done and how much waits, for metrics.

#include <cstddef>
#include <cstdint>

#include "core/metadata_changes.hpp"

namespace partwise {

struct PostgresFigures {
  MetadataChanges changes;
  std::size_t queue_length = 0;       // Verbs that wait for a connection.
  std::size_t list_queue_length = 0;  // Lists that do.
  std::uint64_t commits = 0;
  std::uint64_t unknown_commits = 0;  // Whose answer was lost.
  std::uint64_t repeated = 0;         // Transactions that were tried again.
  std::uint64_t connects = 0;
};

}  // namespace partwise
