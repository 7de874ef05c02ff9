#pragma once

// The limits of the embedded metadata store.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace partwise {

struct SqliteLimits {
  // Operations that wait for the writer, and likewise for the reader. More are refused as
  // overloaded: at the rates of a slow disk this is a fraction of a second of work.
  std::size_t queue_length_max = 4096;
  // Operations that share one commit. Beyond this a batch only adds delay (measured).
  std::size_t batch_length_max = 256;
  // How long a write waits for another process (`partwise keys`) that is writing.
  std::chrono::milliseconds busy_timeout{5000};
  // Pages that the writer keeps in memory.
  std::uint64_t cache_bytes = 64 * kMiB;
  // The same for the connection that serves lists.
  std::uint64_t reader_cache_bytes = 8 * kMiB;
  // The checkpointer is woken each time the write-ahead log has grown by this.
  std::uint64_t checkpoint_step_bytes = 4 * kMiB;
  // Past this the writer itself finishes the checkpoint, between two batches.
  std::uint64_t wal_bytes_max = 64 * kMiB;
  // How long that checkpoint waits for readers before it is put off until the log has grown by as
  // much again.
  std::chrono::milliseconds restart_timeout{100};
  // Disk space that is kept for cancel, delete and sweep on a full volume. 0: none.
  std::uint64_t reserve_bytes = 16 * kMiB;
  // How long to wait, on the monotonic clock, before trying to take that space back.
  std::chrono::milliseconds reserve_retry{1000};
};

}  // namespace partwise
