#pragma once

// Whose content may be read back.

#include <cstdint>

namespace partwise {

enum class DownloadPolicy : std::uint8_t {
  all,     // Every file.
  openai,  // As the live service: not those of the purposes assistants and user_data.
};

}  // namespace partwise
