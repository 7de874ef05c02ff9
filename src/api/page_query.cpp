#include "api/page_query.hpp"

#include <array>
#include <charconv>
#include <vector>

#include "http/request.hpp"
#include "wire/refusals.hpp"

namespace partwise::api {

namespace {

constexpr std::array<std::string_view, 2> kOrders{"asc", "desc"};

constexpr std::array kPurposes{
    Purpose::assistants,       Purpose::batch, Purpose::fine_tune,         Purpose::vision,
    Purpose::user_data,        Purpose::evals, Purpose::assistants_output, Purpose::batch_output,
    Purpose::fine_tune_results};

// An optional sign and digits. A number beyond 64 bits is as far out of range as the largest.
bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<std::uint32_t> parse_limit(const std::string& text, std::uint32_t limit_max) {
  if (!is_integer(text)) {
    return fail(wire::wrong_type(wire::shown_text(text), "integer", "limit"));
  }
  const std::string shown = text.substr(0, 20);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool huge = error == std::errc::result_out_of_range;
  if (text.starts_with('-') || (!huge && value < 1)) {
    return fail(wire::below_minimum(shown, 1, "limit"));
  }
  if (huge || value > limit_max) return fail(wire::above_maximum(shown, limit_max, "limit"));
  return static_cast<std::uint32_t>(value);
}

Result<Order> parse_order(const std::string& text) {
  if (text == "asc") return Order::asc;
  if (text == "desc") return Order::desc;
  return fail(wire::not_one_of(text, kOrders, "order"));
}

Result<Purpose> parse_purpose_filter(const std::string& text) {
  if (const auto purpose = parse_purpose(text)) return *purpose;
  std::vector<std::string_view> words;
  for (const Purpose purpose : kPurposes) words.push_back(purpose_text(purpose));
  return fail(wire::not_one_of(text, words, "purpose"));
}

}  // namespace

Result<PageRequest> parse_page_query(std::string_view query, Order default_order,
                                     const ApiLimits& limits) {
  PageRequest page{
      .after = {}, .limit = limits.page_limit_max, .order = default_order, .purpose = {}};
  if (const auto limit = http::query_parameter(query, "limit")) {
    TRY(page.limit, parse_limit(*limit, limits.page_limit_max));
  }
  if (const auto order = http::query_parameter(query, "order")) {
    TRY(page.order, parse_order(*order));
  }
  if (const auto purpose = http::query_parameter(query, "purpose")) {
    TRY(page.purpose, parse_purpose_filter(*purpose));
  }
  if (const auto after = http::query_parameter(query, "after")) page.after = *after;
  return page;
}

}  // namespace partwise::api
