#pragma once

// The limits of the HTTP layer. The reasons stand beside the defaults; what an operator may have to
// change is a setting.

#include <chrono>
#include <cstdint>

#include "base/bytes.hpp"

namespace partwise::http {

struct HttpLimits {
  // Connections at once. Each idle one costs a socket and about 9 KiB, or 28 KiB under TLS
  // (measured).
  std::uint32_t connections_max = 12'000;
  // Request line and headers.
  std::uint32_t head_bytes_max = 16 * 1024;
  // From the first byte of a head to its last.
  std::chrono::milliseconds head_timeout{15'000};
  // Between two requests of one connection, and before the first. SDKs keep idle connections for
  // minutes.
  std::chrono::milliseconds idle_timeout{75'000};
  // A body may keep us waiting this long, plus its bytes at the minimum rate; and this long without
  // a byte.
  std::uint64_t body_rate_min_bytes_per_s = 4 * 1024;
  std::chrono::milliseconds body_grace{10'000};
  std::chrono::milliseconds body_stall_max{30'000};
  // The same for an answer that the client does not take.
  std::uint64_t send_rate_min_bytes_per_s = 16 * 1024;
  std::chrono::milliseconds send_grace{10'000};
  std::chrono::milliseconds send_stall_max{30'000};
  // What is read and discarded of a body that was refused, so that the client reads our answer and
  // no reset.
  std::uint64_t discard_bytes_max = 128 * kMiB;
  std::chrono::milliseconds discard_time_max{30'000};
  // Receive buffers: small at first, large once a body fills the small one. A body that waits for
  // its client has no large one. Beyond `large_buffers_max` of them at once, bodies go on with
  // small ones: 192 MiB in all.
  std::uint32_t small_buffer_bytes = 32 * 1024;
  std::uint32_t large_buffer_bytes = 2 * 1024 * 1024;  // A huge page.
  std::uint32_t large_buffers_max = 96;
  // Buffers that are kept for the next request when nobody uses them.
  std::uint32_t small_buffers_kept_max = 64;
  std::uint32_t large_buffers_kept_max = 16;
  // One visit of a body or an answer to a worker thread: others get their turn after it.
  std::uint32_t burst_bytes_max = 4 * 1024 * 1024;
};

}  // namespace partwise::http
