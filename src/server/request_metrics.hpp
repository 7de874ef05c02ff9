#pragma once

// Counts requests under way and as they end, by the names of the table of routes: whatever a client
// asks for, the number of series is bounded by that table.

#include <map>
#include <string_view>
#include <utility>

#include "http/request_record.hpp"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
template <typename T>
class Family;
}  // namespace prometheus

namespace partwise {

// Lives on the loop; what it counts into may be collected on any thread. `registry` outlives it.
class RequestMetrics final : public http::RequestObserver {
 public:
  explicit RequestMetrics(prometheus::Registry& registry);

  void on_routed(std::string_view route) override;
  void on_request(const http::RequestRecord& record) override;

 private:
  struct OfRoute {
    prometheus::Gauge& under_way;
    prometheus::Histogram& seconds;
    prometheus::Counter& bytes_in;
    prometheus::Counter& bytes_out;
    std::map<int, prometheus::Counter*> by_status;
  };
  using Counted = std::pair<const std::string_view, OfRoute>;

  // Of `kNoRoute` where the table has no such route.
  Counted& of(std::string_view route);
  prometheus::Counter& counter_of(std::string_view route, OfRoute& counted, int status);

  prometheus::Family<prometheus::Counter>& requests_;
  std::map<std::string_view, OfRoute> routes_;
};

}  // namespace partwise
