#pragma once

// Keyset paging: a page is a range of an index, so it costs its length at any depth.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/page.hpp"

namespace partwise::postgres {

// A place in the order (created_at, seq), both as the database has them.
struct Position {
  std::int64_t created_at = 0;
  std::int64_t seq = 0;

  // Before every row in this order.
  [[nodiscard]] static Position before_all(Order order) {
    constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto kHighest = std::numeric_limits<std::int64_t>::max();
    return order == Order::asc ? Position{kLowest, kLowest} : Position{kHighest, kHighest};
  }
};

// `SELECT columns FROM table WHERE filter` and the rows after the position ($1, $2) in `order`, at
// most $3.
[[nodiscard]] inline std::string page_sql(std::string_view columns, std::string_view table,
                                          std::string_view filter, Order order) {
  const bool ascending = order == Order::asc;
  std::string sql("SELECT ");
  sql.append(columns).append(" FROM ").append(table).append(" WHERE ").append(filter);
  sql.append(ascending ? " AND (created_at, seq) > ($1, $2) ORDER BY created_at, seq"
                       : " AND (created_at, seq) < ($1, $2) ORDER BY created_at DESC, seq DESC");
  return sql.append(" LIMIT $3");
}

// Makes a page out of up to limit + 1 rows.
template <class T>
[[nodiscard]] Page<T> page_of(std::vector<T> items, std::uint32_t limit) {
  Page<T> page{.items = std::move(items), .has_more = false};
  if (page.items.size() > limit) {
    page.items.resize(limit);
    page.has_more = true;
  }
  return page;
}

// Whether it can be an id of ours: PostgreSQL refuses text that is no UTF-8, which `after` may be.
[[nodiscard]] inline bool may_be_id(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c < 0x7f; });
}

}  // namespace partwise::postgres
