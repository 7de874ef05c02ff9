#pragma once

// The MD5 of a run of blobs, read back from the store: the one slow thing that `complete` can be
// asked for.

#include <functional>
#include <vector>

#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "core/blob_store.hpp"

namespace partwise {

// Reads `blobs` in order on `workers`. Between bursts of a few MiB it asks `may_go_on`, and ends
// with its error. Errors: not_found (a blob is gone: whoever it belonged to has ended); io_failure;
// those of may_go_on.
[[nodiscard]] Task<Result<Md5Digest>> md5_of_blobs(BlobStore& store, WorkerPool& workers,
                                                   std::vector<BlobRef> blobs,
                                                   std::function<Result<>()> may_go_on);

}  // namespace partwise
