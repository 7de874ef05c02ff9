#pragma once

// Carries a plan out with the engine that it names.
//
// All connections stand, and the warm-up is over, before the clock starts; iterations that are
// under way when time is up are finished and counted, and so is the time that they take.

#include "load/figures.hpp"
#include "load/payload.hpp"
#include "load/plan.hpp"

namespace partwise::load {

struct Outcome {
  Figures figures;
  Cost cost;
};

// A server that has gone away is not asked for ever.
inline constexpr int kFailuresInARowMax = 100;

// `payload` may be nullptr where no step sends one.
[[nodiscard]] Outcome run_on_threads(const Plan& plan, const Payload* payload);
[[nodiscard]] Outcome run_on_events(const Plan& plan, const Payload* payload);

[[nodiscard]] inline Outcome run(const Plan& plan, const Payload* payload) {
  return plan.engine == Engine::events ? run_on_events(plan, payload)
                                       : run_on_threads(plan, payload);
}

}  // namespace partwise::load
