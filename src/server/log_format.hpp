#pragma once

#include <cstdint>

namespace partwise {

// How a line of the log is written: for people, or one JSON object for each line.
enum class LogFormat : std::uint8_t { text, json };

}  // namespace partwise
