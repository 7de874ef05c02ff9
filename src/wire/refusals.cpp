#include "wire/refusals.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "wire/utf8.hpp"

namespace partwise::wire {

namespace {

constexpr std::size_t kShownBytesMax = 64;

Error refusal(std::string message, std::string_view path) {
  return {ErrorCode::invalid_request, std::move(message), std::string(path)};
}

}  // namespace

std::string shown_text(std::string_view text) {
  const std::string_view prefix = utf8_prefix(text, kShownBytesMax);
  return fmt::format("'{}{}'", prefix, prefix.size() < text.size() ? "..." : "");
}

Error missing_property(std::string_view path) {
  return refusal(fmt::format("'{}' is a required property", path), path);
}

Error not_one_of(std::string_view value, std::span<const std::string_view> choices,
                 std::string_view path) {
  std::vector<std::string> quoted;
  for (const std::string_view choice : choices) quoted.push_back(shown_text(choice));
  return refusal(
      fmt::format("{} is not one of [{}] - '{}'", shown_text(value), fmt::join(quoted, ", "), path),
      path);
}

Error wrong_type(std::string_view shown, std::string_view type, std::string_view path) {
  return refusal(fmt::format("{} is not of type '{}' - '{}'", shown, type, path), path);
}

Error detail::out_of_range(std::string_view shown, std::string_view relation,
                           const std::string& limit, std::string_view path) {
  return refusal(fmt::format("{} is {} of {} - '{}'", shown, relation, limit, path), path);
}

}  // namespace partwise::wire
