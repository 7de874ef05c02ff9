#pragma once

#include <cstddef>
#include <vector>

namespace partwise::micro {

// Pseudo-random bytes, always the same ones.
[[nodiscard]] std::vector<std::byte> noise(std::size_t count);

}  // namespace partwise::micro
