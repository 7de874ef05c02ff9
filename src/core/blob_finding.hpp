#pragma once

// What is wrong with one blob that a part or a file refers to, and which bytes of what are lost
// with it: in the words of `partwise fsck`, and of the scrubber beside a running server.

#include <optional>
#include <string>

#include "base/result.hpp"
#include "core/blob_inventory.hpp"
#include "core/catalog.hpp"
#include "core/checker.hpp"

namespace partwise {

// Its owner, as part of a sentence: "file file-1 (part 2 of 3, bytes 100-199)". Bytes are counted
// from 0, and the last one is included, as in a Range header.
[[nodiscard]] std::string describe(const CatalogBlob& blob);

struct BlobFinding {
  FindingKind kind = FindingKind::damaged_blob;  // missing, damaged or unreadable.
  std::string sentence;
  friend bool operator==(const BlobFinding&, const BlobFinding&) = default;
};

// `content` is what reading all of the blob gave. Nothing where it is what it must be.
[[nodiscard]] std::optional<BlobFinding> judge(const CatalogBlob& blob,
                                               const Result<BlobContent>& content);

}  // namespace partwise
