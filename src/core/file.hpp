#pragma once

// A file is a manifest: an ordered list of blobs. Completing an upload copies no byte.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "core/blob.hpp"
#include "core/ids.hpp"
#include "core/purpose.hpp"

namespace partwise {

struct StoredFile {
  FileId id;
  ProjectId project;
  Purpose purpose = Purpose::assistants;
  std::string filename;  // UTF-8, as the client gave it. Never a path of ours.
  std::uint64_t bytes = 0;
  Timestamp created_at{};  // Of the upload, for a file that was completed from one.
  std::optional<Timestamp> expires_at;
  std::uint64_t crc64 = 0;       // Of the whole content, CRC-64/XZ.
  std::optional<Md5Digest> md5;  // Where somebody asked for it.
  std::uint64_t sequence = 0;    // Order of creation in its store: breaks ties in lists.

  friend bool operator==(const StoredFile&, const StoredFile&) = default;
};

using Manifest = std::vector<BlobRef>;

struct FileContent {
  StoredFile file;
  Manifest manifest;
};

}  // namespace partwise
