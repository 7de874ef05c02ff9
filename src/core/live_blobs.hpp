#pragma once

// The online checker's view of the bytes: what lies where blobs lie, beside the server that adds
// and removes them. Nothing is read but names and sizes.

#include <cstdint>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "core/blob.hpp"

namespace partwise {

// Blobs are listed by the first byte of their key.
inline constexpr std::uint32_t kBlobGroups = 256;
[[nodiscard]] inline std::uint32_t group_of(const BlobKey& key) {
  return std::to_integer<std::uint32_t>(key.bytes[0]);
}

struct BlobGroup {
  std::vector<BlobKey> keys;  // In ascending order.
  // One for each key, where listing tells them; else empty, and `sizes` does.
  std::vector<std::uint64_t> bytes = {};
  // Of what lies there and cannot be a blob; what lies beside all groups counts to group 0.
  std::vector<std::string> foreign_names;
};

// Lives on the loop, and never blocks it. Errors: io_failure, overloaded.
class LiveBlobs {
 public:
  virtual ~LiveBlobs() = default;

  // Every blob of the group that is there throughout the call, and perhaps some that come or go
  // meanwhile.
  [[nodiscard]] virtual Task<Result<BlobGroup>> list(std::uint32_t group) = 0;
  // One for each key, at some moment of the call. Errors in it: not_found; io_failure.
  [[nodiscard]] virtual Task<Result<std::vector<Result<std::uint64_t>>>> sizes(
      std::vector<BlobKey> keys) = 0;
};

}  // namespace partwise
