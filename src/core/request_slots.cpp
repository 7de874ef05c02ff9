#include "core/request_slots.hpp"

#include <fmt/format.h>

namespace partwise {

Result<std::shared_ptr<void>> RequestSlots::take(const KeyId& key) {
  if (requests_per_key_max_ == 0) return std::shared_ptr<void>();
  const auto place = taken_->try_emplace(key, 0).first;
  if (place->second == requests_per_key_max_) {
    Error error{
        ErrorCode::rate_limited,
        fmt::format("This API key has {} requests under way already. Wait for some of them.",
                    requests_per_key_max_)};
    error.retry_after_s = 1;
    return fail(std::move(error));
  }
  ++place->second;
  return std::shared_ptr<void>(nullptr, [taken = taken_, place](void*) {
    if (--place->second == 0) taken->erase(place);
  });
}

}  // namespace partwise
