#pragma once

// The port to what is to be scrubbed: everything that a pending upload or a living file keeps, one
// owner at a time, without holding anything up in between.
//
// Thread-safety and errors as in UploadStore: called from the loop only; overloaded, unavailable.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/task.hpp"
#include "core/catalog.hpp"

namespace partwise {

// A place in the walk: pending uploads first, then files. So a part whose upload is completed
// during the walk is met again as a part of its file, and not missed.
struct ScrubPosition {
  enum class Kind { upload, file };
  Kind kind = Kind::upload;
  std::uint64_t sequence = 0;  // Of the upload or file in its store, from 1.
  friend auto operator<=>(const ScrubPosition&, const ScrubPosition&) = default;
};

// One owner, or a stretch in which there is none.
struct OwnedBlobs {
  ScrubPosition position;
  std::vector<CatalogBlob> blobs;
};

class ScrubSource {
 public:
  virtual ~ScrubSource() = default;

  // The owner at `from` or the next one behind it, with its parts in the order of arrival or its
  // manifest. Costs little whatever lies in between, so `blobs` may be empty: go on behind its
  // position. Nothing: there are no more.
  [[nodiscard]] virtual Task<Result<std::optional<OwnedBlobs>>> next_owner(ScrubPosition from) = 0;

  // Whether `blob` still belongs to its owner: if so, it was there all the time since then.
  [[nodiscard]] virtual Task<Result<bool>> is_owned(CatalogBlob blob) = 0;
};

}  // namespace partwise
