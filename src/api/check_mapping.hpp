#pragma once

// What a check of the data has found, as objects of the wire.

#include "core/online_checker.hpp"
#include "wire/check_objects.hpp"

namespace partwise::api {

[[nodiscard]] wire::WireFinding to_wire(const Finding& finding);
[[nodiscard]] wire::WireCheck to_wire(const OnlineReport& report);

}  // namespace partwise::api
