#include "server/request_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

#include "api/routes.hpp"

namespace partwise {

namespace {

// Where no route was found: an unknown path or method, or a head that could not be read.
constexpr std::string_view kNoRoute = "none";

// From an answer out of memory to a part over a slow line.
const prometheus::Histogram::BucketBoundaries& seconds_bounds() {
  static const prometheus::Histogram::BucketBoundaries bounds{
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};
  return bounds;
}

}  // namespace

RequestMetrics::RequestMetrics(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("partwise_http_requests_total")
                    .Help("Requests that were answered, by route and status.")
                    .Register(registry)) {
  auto& under_way = prometheus::BuildGauge()
                        .Name("partwise_http_requests_under_way")
                        .Help("Requests whose answer has not been written yet, by route.")
                        .Register(registry);
  auto& seconds = prometheus::BuildHistogram()
                      .Name("partwise_http_request_duration_seconds")
                      .Help("From the end of a request's head to the end of its answer.")
                      .Register(registry);
  auto& bytes_in = prometheus::BuildCounter()
                       .Name("partwise_http_request_body_bytes_total")
                       .Help("Bytes of bodies that were received, counted when a request ends.")
                       .Register(registry);
  auto& bytes_out = prometheus::BuildCounter()
                        .Name("partwise_http_response_body_bytes_total")
                        .Help("Bytes of bodies that were sent, counted when a request ends.")
                        .Register(registry);
  const auto add = [&](std::string_view name) {
    const prometheus::Labels labels{{"route", std::string(name)}};
    OfRoute counted{.under_way = under_way.Add(labels),
                    .seconds = seconds.Add(labels, seconds_bounds()),
                    .bytes_in = bytes_in.Add(labels),
                    .bytes_out = bytes_out.Add(labels),
                    .by_status = {}};
    routes_.emplace(name, std::move(counted));
  };
  for (const api::Route& route : api::routes()) add(route.name);
  add(kNoRoute);
}

RequestMetrics::Counted& RequestMetrics::of(std::string_view route) {
  const auto found = routes_.find(route);
  return found == routes_.end() ? *routes_.find(kNoRoute) : *found;
}

void RequestMetrics::on_routed(std::string_view route) { of(route).second.under_way.Increment(); }

void RequestMetrics::on_request(const http::RequestRecord& record) {
  auto& [route, counted] = of(record.route);
  counter_of(route, counted, record.status).Increment();
  if (!record.route.empty()) counted.under_way.Decrement();
  counted.seconds.Observe(std::chrono::duration<double>(record.took).count());
  counted.bytes_in.Increment(static_cast<double>(record.bytes_in));
  counted.bytes_out.Increment(static_cast<double>(record.bytes_out));
}

prometheus::Counter& RequestMetrics::counter_of(std::string_view route, OfRoute& counted,
                                                int status) {
  prometheus::Counter*& counter = counted.by_status[status];
  if (counter == nullptr) {
    counter = &requests_.Add({{"route", std::string(route)}, {"status", std::to_string(status)}});
  }
  return *counter;
}

}  // namespace partwise
