#pragma once

// Which content is looked into before it becomes a file, and by what.

#include <cstdint>
#include <functional>
#include <memory>

#include "core/purpose.hpp"

namespace partwise {

class ContentCheck;

enum class Validation : std::uint8_t {
  none,   // As the live service: nothing.
  jsonl,  // Content of the purposes batch and fine-tune must be JSON Lines.
};

// For ContentChecker; empty for `none`.
[[nodiscard]] std::function<std::unique_ptr<ContentCheck>(Purpose)> make_content_check(
    Validation validation);

}  // namespace partwise
