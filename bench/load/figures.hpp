#pragma once

// What a run counted, and its JSON.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "load/latency_histogram.hpp"
#include "load/plan.hpp"

namespace partwise::load {

struct StepFigures {
  std::uint64_t count = 0;   // Requests, failed ones included.
  std::uint64_t errors = 0;  // Broken connections, unexpected statuses, empty captures.
  std::map<int, std::uint64_t> statuses;
  LatencyHistogram latency;  // Of those that did not fail.
};

struct Figures {
  explicit Figures(std::size_t step_count) : steps(step_count) {}

  void add(const Figures& other);
  [[nodiscard]] std::uint64_t errors() const;

  std::uint64_t iterations = 0;  // Those of which no step failed.
  std::uint64_t sent_bytes = 0;  // Heads and framing included; before TLS.
  std::uint64_t sent_payload_bytes = 0;
  std::uint64_t received_bytes = 0;
  std::string first_error;  // Empty: there was none.
  std::vector<StepFigures> steps;
};

// What the run took besides.
struct Cost {
  std::chrono::nanoseconds elapsed{0};
  double user_cpu_s = 0;  // The generator's own.
  double system_cpu_s = 0;
};

// {"elapsed_s", "iterations", "errors", "first_error", "bytes_sent", "payload_bytes_sent",
//  "bytes_received", "cpu_user_s", "cpu_system_s", "resolution": 0.0078, "steps": [{"name",
//  "count", "errors", "statuses": {"200": 64}, "p50_us", "p90_us", "p99_us", "p999_us", "max_us",
//  "mean_us"}]}. Times of a step that recorded none are null.
[[nodiscard]] std::string to_json(const Figures& figures, const Cost& cost, const Plan& plan);

}  // namespace partwise::load
