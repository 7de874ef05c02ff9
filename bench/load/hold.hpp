#pragma once

// Many connections that stay as they are, so that the memory of a server can be read meanwhile.

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>

#include "load/payload.hpp"
#include "load/plan.hpp"

namespace partwise::load {

enum class HoldMode : std::uint8_t {
  idle,    // Each has had one request answered.
  stream,  // Each has sent all of its request but the last byte.
  slow,    // Each sends so many bytes a second.
};

struct HoldSettings {
  HoldMode mode = HoldMode::idle;
  double seconds = 0;                  // How long; 0: until SIGINT or SIGTERM.
  std::uint64_t rate_bytes_per_s = 0;  // Of each stream, where the mode is slow.
};

struct HoldFigures {
  std::uint64_t connections = 0;
  std::uint64_t broken = 0;  // Closed by the server, or answered with an unexpected status.
  std::map<int, std::uint64_t> statuses;
  double seconds_until_held = 0;
  std::string first_error;
};

// {"connections", "broken", "statuses": {"200": 64}, "seconds_until_held", "first_error"}.
[[nodiscard]] std::string to_json(const HoldFigures& figures);

// Makes the plan's connections, on each of them the request of its only step, and writes the line
// "holding" to `out` once all that are not broken have reached their state. In the end streams are
// finished and their answers awaited; idle and slow connections are closed as they are. Plain TCP
// only. Errors: invalid_request, for a plan that cannot be held; disconnected.
[[nodiscard]] Result<HoldFigures> hold(const Plan& plan, const Payload* payload,
                                       const HoldSettings& settings, std::ostream& out);

}  // namespace partwise::load
