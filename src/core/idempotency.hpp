#pragma once

// A client that names its request with an `Idempotency-Key` may send it again after a lost answer:
// one object is made, and every repetition is answered with it. The record of it is written in the
// transaction that makes the object, so that of two requests at once one makes it and the other
// finds it. Only successes are recorded.

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/hash.hpp"

namespace partwise {

// How long a key is remembered.
inline constexpr std::chrono::hours kIdempotencyTtl{24};
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;

// What a request says of itself.
struct IdempotencyClaim {
  std::string key;         // Of the client's choice, per project and verb.
  Sha256Digest request{};  // Of what was asked for.

  friend bool operator==(const IdempotencyClaim&, const IdempotencyClaim&) = default;
};

// The key was used for another request: invalid_request.
[[nodiscard]] inline Error other_request_with(std::string_view key) {
  return {ErrorCode::invalid_request,
          "The Idempotency-Key '" + std::string(key) +
              "' was used for another request. Use a new key for a new request.",
          "Idempotency-Key"};
}

}  // namespace partwise
