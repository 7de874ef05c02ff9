#pragma once

// A part is one accepted chunk of an upload. Parts have no order of their own: `complete` gives it.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "core/blob.hpp"
#include "core/ids.hpp"

namespace partwise {

// What a client said that the content of a part must be, and what was computed because of it.
struct PartDigests {
  std::optional<Md5Digest> md5;
  std::optional<Sha256Digest> sha256;
  friend bool operator==(const PartDigests&, const PartDigests&) = default;
};

struct Part {
  PartId id;
  UploadId upload_id;
  Timestamp created_at{};
  BlobRef blob;
  PartDigests digests;
  std::uint64_t sequence = 0;  // Order of acceptance within its upload.

  friend bool operator==(const Part&, const Part&) = default;
};

struct NewPart {
  PartId id;
  BlobRef blob;
  PartDigests digests;
};

}  // namespace partwise
