#pragma once

// The figures as families of Prometheus. docs/operations.md explains each of them to operators.

#include <prometheus/metric_family.h>

#include <vector>

#include "server/figures.hpp"

namespace partwise {

[[nodiscard]] std::vector<prometheus::MetricFamily> metric_families(const Figures& figures);

}  // namespace partwise
