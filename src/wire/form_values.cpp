#include "wire/form_values.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "wire/refusals.hpp"

namespace partwise::wire {

namespace {

constexpr std::array<std::string_view, 1> kAnchors{"created_at"};
constexpr std::string_view kAnchor = "expires_after.anchor";
constexpr std::string_view kSeconds = "expires_after.seconds";

}  // namespace

Result<std::int64_t> parse_integer(std::string_view text, std::string_view path) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return fail(wrong_type(shown_text(text), "integer", path));
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{}) return value;
  using Limits = std::numeric_limits<std::int64_t>;
  return text.starts_with('-') ? Limits::min() : Limits::max();
}

Result<std::string> parse_choice(std::string_view text, std::span<const std::string_view> choices,
                                 std::string_view path) {
  for (const std::string_view choice : choices) {
    if (text == choice) return std::string(text);
  }
  return fail(not_one_of(text, choices, path));
}

Result<std::optional<std::int64_t>> parse_expires_after(const std::optional<std::string>& anchor,
                                                        const std::optional<std::string>& seconds) {
  if (!anchor && !seconds) return std::nullopt;
  if (!anchor) return fail(missing_property(kAnchor));
  if (!seconds) return fail(missing_property(kSeconds));
  CHECK(parse_choice(*anchor, kAnchors, kAnchor));
  TRY(const std::int64_t value, parse_integer(*seconds, kSeconds));
  return value;
}

}  // namespace partwise::wire
