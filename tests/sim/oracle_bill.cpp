// What the project is charged, and what its quota has room for.

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "oracle.hpp"

namespace partwise::sim {

void Oracle::note_commit(std::uint64_t step) {
  if (!excuses.quota_bytes) return;
  const std::uint64_t billed = engine_.usage().project.stored_bytes;
  if (billed > *excuses.quota_bytes) {
    fail("I6",
         fmt::format("{} bytes are billed, and the quota is {}.", billed, *excuses.quota_bytes));
  }
  bills_.emplace_back(step, billed);
}

std::uint64_t Oracle::billed_since(std::uint64_t step) {
  // What was billed when the step began, and all that came later.
  std::uint64_t most = engine_.usage().project.stored_bytes;
  for (const auto& [when, billed] : std::views::reverse(bills_)) {
    most = std::max(most, billed);
    if (when < step) break;
  }
  return most;
}

void Oracle::check_bill() {
  std::uint64_t least = 0;
  for (const auto& [key, blob] : engine_.rows().references) least += blob.bytes;
  // An upload that is overdue is shown as expired, and is billed until it is.
  std::uint64_t most = least;
  for (const Upload& row : engine_.rows().uploads) {
    if (std::holds_alternative<Expired>(row.state)) most += row.stored_bytes;
  }
  const std::uint64_t billed = engine_.usage().project.stored_bytes;
  if (billed >= least && billed <= most) return;
  fail("I6", fmt::format("{} bytes are billed, and {} to {} are stored.", billed, least, most));
}

}  // namespace partwise::sim
