#pragma once

// One page of a list, in the order (created_at, sequence).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/purpose.hpp"

namespace partwise {

enum class Order : std::uint8_t { asc, desc };

struct PageRequest {
  // The id of the last object of the page before; exclusive. Empty: from the start. An id that
  // never was a member of this project's, or went more than 30 days ago, is invalid_request with
  // param `after`. It keeps its place whether or not `purpose` shows it.
  std::string after;
  std::uint32_t limit = 0;  // At least 1.
  Order order = Order::desc;
  std::optional<Purpose> purpose;
};

template <class T>
struct Page {
  std::vector<T> items;
  bool has_more = false;
};

}  // namespace partwise
