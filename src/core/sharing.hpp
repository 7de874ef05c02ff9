#pragma once

// Whether a metadata store belongs to one process, or to several nodes at once (docs/adr/0011).

#include <cstdint>

namespace partwise {

enum class Sharing : std::uint8_t {
  // One process at a time: every other run is dead.
  one_process,
  // Any number of nodes, which know of each other by the store alone.
  many_nodes,
};

}  // namespace partwise
