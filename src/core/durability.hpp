#pragma once

// What an answer promises. Source: docs/durability.md.

namespace partwise {

enum class Durability {
  strict,   // Survives the loss of power: bytes, names and rows are synced before the answer.
  relaxed,  // Survives the end of the process. After the loss of power everything has to be
            // checked.
};

}  // namespace partwise
