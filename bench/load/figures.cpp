#include "load/figures.hpp"

#include <array>
#include <utility>

#include "wire/json_writer.hpp"

namespace partwise::load {

namespace {

constexpr std::array<std::pair<std::string_view, double>, 4> kQuantiles{
    {{"p50_us", 0.5}, {"p90_us", 0.9}, {"p99_us", 0.99}, {"p999_us", 0.999}}};

double microseconds(LatencyHistogram::Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

void write_latency(wire::JsonWriter& out, const LatencyHistogram& latency) {
  const auto write = [&](std::string_view key, LatencyHistogram::Duration duration) {
    out.key(key);
    if (latency.count() == 0) {
      out.null();
    } else {
      out.decimal(microseconds(duration), 1);
    }
  };
  for (const auto& [key, fraction] : kQuantiles) write(key, latency.quantile(fraction));
  write("max_us", latency.max());
  write("mean_us", latency.mean());
}

void write_step(wire::JsonWriter& out, const std::string& name, const StepFigures& step) {
  out.begin_object().key("name").text(name).key("count").number(step.count);
  out.key("errors").number(step.errors).key("statuses").begin_object();
  for (const auto& [status, count] : step.statuses) {
    out.key(std::to_string(status)).number(count);
  }
  out.end_object();
  write_latency(out, step.latency);
  out.end_object();
}

}  // namespace

void Figures::add(const Figures& other) {
  iterations += other.iterations;
  sent_bytes += other.sent_bytes;
  sent_payload_bytes += other.sent_payload_bytes;
  received_bytes += other.received_bytes;
  if (first_error.empty()) first_error = other.first_error;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].count += other.steps[i].count;
    steps[i].errors += other.steps[i].errors;
    steps[i].latency.add(other.steps[i].latency);
    for (const auto& [status, count] : other.steps[i].statuses) steps[i].statuses[status] += count;
  }
}

std::uint64_t Figures::errors() const {
  std::uint64_t sum = 0;
  for (const StepFigures& step : steps) sum += step.errors;
  // A connection that could not be made belongs to no step.
  return sum == 0 && !first_error.empty() ? 1 : sum;
}

std::string to_json(const Figures& figures, const Cost& cost, const Plan& plan) {
  wire::JsonWriter out;
  out.begin_object();
  out.key("elapsed_s").decimal(std::chrono::duration<double>(cost.elapsed).count(), 6);
  out.key("iterations").number(figures.iterations);
  out.key("errors").number(figures.errors());
  out.key("first_error").text(figures.first_error);
  out.key("bytes_sent").number(figures.sent_bytes);
  out.key("payload_bytes_sent").number(figures.sent_payload_bytes);
  out.key("bytes_received").number(figures.received_bytes);
  out.key("cpu_user_s").decimal(cost.user_cpu_s, 3);
  out.key("cpu_system_s").decimal(cost.system_cpu_s, 3);
  out.key("resolution").decimal(LatencyHistogram::kResolution, 4);
  out.key("steps").begin_array();
  for (std::size_t i = 0; i < figures.steps.size(); ++i) {
    write_step(out, plan.steps[i].name, figures.steps[i]);
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace partwise::load
