#pragma once

// The limits of the blob store on S3.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace partwise::s3 {

struct S3Limits {
  // Requests under way at once, each on a thread and a connection of its own; others wait their
  // turn. Enough to hide 30 ms for each request behind 1 000 small ones a second.
  std::size_t requests_max = 32;
  // Connections that are kept for the next request.
  std::size_t idle_connections_max = 32;
  std::chrono::milliseconds connect_timeout{5000};
  // A request is given up when no byte went either way for so long. A gateway that writes to slow
  // disks answers a PUT of 64 MiB late.
  std::chrono::milliseconds stall_timeout{30'000};
  // One request is tried so often, with these waits in between, doubled each time and shortened by
  // chance, so that nodes which were refused together do not come back together.
  std::uint32_t attempts_max = 5;
  std::chrono::milliseconds first_wait{100};
  std::chrono::milliseconds longest_wait{5000};
  // Nothing is tried again once a request is so old: its client waits for an answer.
  std::chrono::milliseconds patience{60'000};
  // An answer other than the content of a blob: a page of 1 000 names has some 300 KiB.
  std::size_t answer_bytes_max = 4 * kMiB;
  // What the protocol takes at once.
  std::size_t names_per_removal = 1000;
  std::size_t names_per_page = 1000;
  // Of libcurl, for each request under way. Measured: fewer system calls than with its 16 KiB.
  std::size_t transfer_buffer_bytes = 256 * kKiB;

  // What all streams may have in the spool at once.
  std::uint64_t spool_bytes_max = 16 * kGiB;
  // Content is refused while less than this would be left free on the volume of the spool.
  std::uint64_t reserve_bytes = 256 * kMiB;
  // The free space is asked for anew after so much was written.
  std::uint64_t free_space_check_bytes = 64 * kMiB;
  // Content up to this size needs no file, and pieces are gathered to it before they are written.
  std::size_t gather_bytes = 64 * kKiB;
  // The most that one visit to a worker receives.
  std::uint64_t burst_bytes = 4 * kMiB;
  // The memory with which content is read again for a digest.
  std::size_t read_buffer_bytes = 256 * kKiB;
};

}  // namespace partwise::s3
