#include "core/purpose.hpp"

#include <array>
#include <utility>

namespace partwise {

namespace {
constexpr std::array<std::pair<Purpose, std::string_view>, 9> kTexts{{
    {Purpose::assistants, "assistants"},
    {Purpose::batch, "batch"},
    {Purpose::fine_tune, "fine-tune"},
    {Purpose::vision, "vision"},
    {Purpose::user_data, "user_data"},
    {Purpose::evals, "evals"},
    {Purpose::assistants_output, "assistants_output"},
    {Purpose::batch_output, "batch_output"},
    {Purpose::fine_tune_results, "fine-tune-results"},
}};
}  // namespace

std::string_view purpose_text(Purpose purpose) {
  return kTexts.at(static_cast<std::size_t>(purpose)).second;
}

std::optional<Purpose> parse_purpose(std::string_view text) {
  for (const auto& [purpose, word] : kTexts) {
    if (word == text) return purpose;
  }
  return std::nullopt;
}

bool is_input_purpose(Purpose purpose) { return purpose <= Purpose::evals; }

}  // namespace partwise
