#include "load/cost_meter.hpp"

#include <sys/resource.h>

namespace partwise::load {

CostMeter::CpuTime CostMeter::own_cpu_time() {
  rusage usage{};
  (void)::getrusage(RUSAGE_SELF, &usage);  // Cannot fail with these arguments.
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return {.user_s = seconds(usage.ru_utime), .system_s = seconds(usage.ru_stime)};
}

void CostMeter::start() {
  cpu_before_ = own_cpu_time();
  start_ = Clock::now();
}

Cost CostMeter::cost_until(Clock::time_point end) const {
  const CpuTime cpu = own_cpu_time();
  return {.elapsed = end - start_,
          .user_cpu_s = cpu.user_s - cpu_before_.user_s,
          .system_cpu_s = cpu.system_s - cpu_before_.system_s};
}

}  // namespace partwise::load
