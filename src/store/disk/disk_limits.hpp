#pragma once

// The limits of the blob store on disk.

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace partwise {

struct DiskLimits {
  // Content is refused while less than this would be left free: a cancel, which frees space, needs
  // some for its own rows.
  std::uint64_t reserve_bytes = 256 * kMiB;
  // The free space is asked for anew after this many bytes were received on the volume: as much may
  // be taken by other programs before it is noticed, a quarter of the default reserve.
  std::uint64_t free_space_check_bytes = 64 * kMiB;
  // Write-back goes in steps of this size, one step at a time on the volume. Measured: beside eight
  // streams the 99th percentile of a commit falls from 97 to 8 ms.
  std::uint64_t write_back_bytes = 4 * kMiB;
  // The sync of at most this much waits for no other and keeps none waiting: it is short, and many
  // at once are what a disk is good at. Measured: small parts wait for each other otherwise.
  std::uint64_t small_sync_bytes_max = 1 * kMiB;
  // The most that one visit to a worker receives or digests, so that other jobs get their turn.
  std::uint64_t burst_bytes = 4 * kMiB;
  // Pieces smaller than this are gathered before they are written: a client that trickles costs one
  // write for this many bytes. Also the memory that such a stream owns.
  std::size_t gather_bytes = 64 * kKiB;
  // The memory with which content is read again for a digest.
  std::size_t read_buffer_bytes = 256 * kKiB;
  // Files removed in one visit to a worker. Measured: 10 ms for each file of 64 MiB.
  std::size_t removals_per_visit = 16;
};

}  // namespace partwise
