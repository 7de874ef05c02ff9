#pragma once

// Keyset paging: a page is a range of an index, so it costs its length at any depth.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/page.hpp"

namespace partwise::sqlite {

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

// `SELECT columns FROM table WHERE filter` and the rows after the position (?1, ?2) in `order`, at
// most ?3. `columns` include created_at and seq.
[[nodiscard]] inline std::string page_sql(std::string_view columns, std::string_view table,
                                          std::string_view filter, Order order) {
  std::string sql;
  const auto select = [&](std::string_view range) {
    sql.append("SELECT ").append(columns).append(" FROM ").append(table);
    sql.append(" WHERE ").append(filter).append(" AND ").append(range);
  };
  const bool ascending = order == Order::asc;
  // The rest of this second, then what follows it. As one comparison of (created_at, seq), SQLite
  // seeks by the second alone, because seq is the rowid, and walks through all of it.
  select(ascending ? "created_at = ?1 AND seq > ?2" : "created_at = ?1 AND seq < ?2");
  sql.append(" UNION ALL ");
  select(ascending ? "created_at > ?1" : "created_at < ?1");
  sql.append(ascending ? " ORDER BY created_at, seq" : " ORDER BY created_at DESC, seq DESC");
  return sql.append(" LIMIT ?3");
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

}  // namespace partwise::sqlite
