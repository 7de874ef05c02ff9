#pragma once

// Carries a plan out, on one thread for each of its connections.

#include "load/figures.hpp"
#include "load/payload.hpp"
#include "load/plan.hpp"

namespace partwise::load {

struct Outcome {
  Figures figures;
  Cost cost;
};

// All connections stand, and the warm-up is over, before the clock starts; iterations that are
// under way when time is up are finished and counted, and so is the time that they take.
[[nodiscard]] Outcome run(const Plan& plan, const Payload* payload);

}  // namespace partwise::load
