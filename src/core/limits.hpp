#pragma once

// The limits of the domain. The reasons stand beside the defaults; what an operator may have to
// change is a setting.

#include <chrono>
#include <cstdint>

#include "base/bytes.hpp"

namespace partwise {

struct CoreLimits {
  // One part, inclusive: the Python SDK's helper sends parts of exactly this size.
  std::uint64_t part_bytes_max = 64 * kMiB;
  // The declared size of one upload. Source: the live service's message.
  std::uint64_t upload_bytes_max = 8 * kGiB;
  // The content of one file that is posted whole. Source: the published description.
  std::uint64_t file_bytes_max = 512 * kMiB;
  // The same, of batches. Source: the published description, which counts in powers of ten.
  std::uint64_t batch_file_bytes_max = 200'000'000;
  // Stored parts of one upload: twice the declared bytes, because a retried part leaves an orphan
  // copy, plus this, so that small uploads can be retried too.
  std::uint64_t stored_bytes_slack = 64 * kMiB;
  // Parts of one upload: bounds the work of `complete`.
  std::uint32_t parts_per_upload_max = 10'000;
  // Streams of parts of one upload that are under way at once.
  std::uint32_t streams_per_upload_max = 256;
  // From create to expiry. Source: recorded live traffic.
  std::chrono::seconds upload_ttl{3600};
  // How long ended uploads stay readable and replayable.
  std::chrono::seconds ended_upload_ttl{7 * 24 * 3600};
  // The life of a file: what `expires_after.seconds` may ask for. Source: the published
  // description.
  std::chrono::seconds file_ttl_min{3600};
  std::chrono::seconds file_ttl_max{2'592'000};
  // Of batch files, where the client does not say. Source: recorded live traffic.
  std::chrono::seconds batch_file_ttl{2'592'000};
  // Bytes stay this long after an upload or file ended by time, on the monotonic clock: a wall
  // clock that jumped destroys nothing at once.
  std::chrono::seconds expiry_hold{600};
  // The four that follow hold on a store that several nodes share (core/sharing.hpp). Content that
  // began to arrive so long ago is given up: the largest file takes 36.4 hours at the lowest rate
  // that src/http/limits.hpp allows.
  std::chrono::seconds stream_life_max{37 * 3600};
  // An intent this old belongs to nobody any more. The hour past the stream's life is for a stream
  // that looked at its clock and was then stopped, and for clocks that run apart.
  std::chrono::seconds intent_life{38 * 3600};
  // The blobs of a file that ended stay so long: nodes do not know of each other's downloads.
  std::chrono::seconds reader_grace{600};
  // What one run has claimed to remove is left to it for so long: far more than a batch takes.
  std::chrono::seconds claim_lease{300};
  // A cancel waits this long for a stream that is writing its answer, then shuts its socket down.
  std::chrono::milliseconds answer_grace{100};
  // Bytes of a file name: what common file systems allow, times four.
  std::uint32_t filename_bytes_max = 1024;
  std::uint32_t mime_type_bytes_max = 1024;
};

}  // namespace partwise
