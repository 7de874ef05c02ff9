#pragma once

// What a file is for. Source: the published description and recorded live traffic.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace partwise {

enum class Purpose : std::uint8_t {
  assistants,
  batch,
  fine_tune,
  vision,
  user_data,
  evals,
  // Made only by keys with the role `service`: what a batch runner or a trainer stores.
  assistants_output,
  batch_output,
  fine_tune_results,
};

// All of them, in the order of their values.
inline constexpr std::array kPurposes{
    Purpose::assistants,        Purpose::batch, Purpose::fine_tune,         Purpose::vision,
    Purpose::user_data,         Purpose::evals, Purpose::assistants_output, Purpose::batch_output,
    Purpose::fine_tune_results,
};

// The word on the wire, as `fine-tune`.
[[nodiscard]] std::string_view purpose_text(Purpose purpose);
[[nodiscard]] std::optional<Purpose> parse_purpose(std::string_view text);
// Whether any key may create files of it.
[[nodiscard]] bool is_input_purpose(Purpose purpose);

}  // namespace partwise
