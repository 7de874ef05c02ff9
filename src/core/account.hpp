#pragma once

// API keys and what they may do. The key itself is never stored: only its SHA-256 is.

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "core/ids.hpp"

namespace partwise {

struct ApiKey {
  KeyId id;
  ProjectId project;
  std::string name;  // Free text of the operator; may be empty.
  Sha256Digest digest{};
  Timestamp created_at{};
  std::optional<Timestamp> revoked_at;

  friend bool operator==(const ApiKey&, const ApiKey&) = default;
};

}  // namespace partwise
