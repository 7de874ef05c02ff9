#pragma once

// A pass over stored content, read back from the store: the one slow thing that `complete` can be
// asked for.

#include <functional>
#include <vector>

#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "core/blob_store.hpp"

namespace partwise {

// Whether to go on; its error ends the pass.
using MayGoOn = std::function<Result<>()>;

// Reads `blobs` in order, and gives `consume` every piece, on `workers`. Between bursts of a few
// MiB it asks `may_go_on`. Errors: not_found (a blob is gone: whoever it belonged to has ended);
// io_failure; those of consume and of may_go_on.
[[nodiscard]] Task<Result<>> pass_over(BlobStore& store, WorkerPool& workers,
                                       std::vector<BlobRef> blobs, MayGoOn may_go_on,
                                       std::function<Result<>(Bytes)> consume);

// The MD5 of a run of blobs. Errors: as above.
[[nodiscard]] Task<Result<Md5Digest>> md5_of_blobs(BlobStore& store, WorkerPool& workers,
                                                   std::vector<BlobRef> blobs, MayGoOn may_go_on);

}  // namespace partwise
