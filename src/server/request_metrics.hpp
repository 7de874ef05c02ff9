#pragma once

// Counts requests as they end, by the names of the table of routes: whatever a client asks for, the
// number of series is bounded by that table.

#include <map>
#include <string_view>

#include "http/request_record.hpp"

namespace prometheus {
class Counter;
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

  void on_request(const http::RequestRecord& record) override;

 private:
  struct OfRoute {
    prometheus::Histogram& seconds;
    prometheus::Counter& bytes_in;
    prometheus::Counter& bytes_out;
    std::map<int, prometheus::Counter*> by_status;
  };

  prometheus::Counter& counter_of(std::string_view route, OfRoute& counted, int status);

  prometheus::Family<prometheus::Counter>& requests_;
  std::map<std::string_view, OfRoute> routes_;
};

}  // namespace partwise
