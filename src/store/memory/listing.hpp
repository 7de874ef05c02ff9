#pragma once

// Lists over plain vectors: sort everything, then cut the page out.

#include <algorithm>
#include <tuple>
#include <vector>

#include "base/result.hpp"
#include "core/page.hpp"

namespace partwise::memory {

// The error for an `after` that names no member of the list.
[[nodiscard]] inline Error unknown_after(const std::string& after) {
  return {ErrorCode::invalid_request,
          "No such object in this list: " + after + ". Use the last_id of the page before.",
          "after"};
}

// `places` are all objects that have a place in the list, those that are gone included; `is_shown`
// says which of them are listed.
template <class T, class IsShown>
[[nodiscard]] Result<Page<T>> page_of(std::vector<T> places, const PageRequest& request,
                                      IsShown is_shown) {
  std::ranges::sort(places, [&](const T& a, const T& b) {
    const auto left = std::tuple(a.created_at, a.sequence);
    const auto right = std::tuple(b.created_at, b.sequence);
    return request.order == Order::asc ? left < right : right < left;
  });
  auto place = places.begin();
  if (!request.after.empty()) {
    place = std::ranges::find_if(places,
                                 [&](const T& object) { return object.id.text == request.after; });
    if (place == places.end()) return fail(unknown_after(request.after));
    ++place;
  }
  Page<T> page;
  for (; place != places.end(); ++place) {
    if (!is_shown(*place)) continue;
    if (page.items.size() == request.limit) {
      page.has_more = true;
      break;
    }
    page.items.push_back(*place);
  }
  return page;
}

}  // namespace partwise::memory
