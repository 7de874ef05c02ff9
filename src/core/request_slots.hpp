#pragma once

// How many requests of one key are under way at the same time: so that one client, however many
// connections it opens, leaves some to the others. Lives on the loop.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "base/result.hpp"
#include "core/ids.hpp"

namespace partwise {

class RequestSlots {
 public:
  // 0: no limit.
  explicit RequestSlots(std::uint32_t requests_per_key_max)
      : requests_per_key_max_(requests_per_key_max) {}

  // A place for one request, given back with the last copy of what is returned; it may outlive the
  // slots. Errors: rate_limited.
  [[nodiscard]] Result<std::shared_ptr<void>> take(const KeyId& key);

  // Keys with requests under way.
  [[nodiscard]] std::size_t keys() const { return taken_->size(); }

 private:
  using Taken = std::map<KeyId, std::uint32_t>;

  const std::uint32_t requests_per_key_max_;
  const std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

}  // namespace partwise
