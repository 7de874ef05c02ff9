#include "server/request_metrics.hpp"

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <string>

#include "api/routes.hpp"

namespace partwise {

namespace {

using namespace std::chrono_literals;

class RequestMetricsTest : public testing::Test {
 protected:
  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }
  [[nodiscard]] bool has_line(const std::string& line) const {
    return ("\n" + text()).find("\n" + line + "\n") != std::string::npos;
  }

  prometheus::Registry registry_;
  RequestMetrics metrics_{registry_};
};

}  // namespace

TEST_F(RequestMetricsTest, CountsARequestByItsRouteAndStatus) {
  const http::RequestRecord record{
      .route = "add_part", .status = 200, .bytes_in = 1000, .bytes_out = 100, .took = 20ms};
  metrics_.on_request(record);
  metrics_.on_request(record);
  EXPECT_TRUE(has_line("partwise_http_requests_total{route=\"add_part\",status=\"200\"} 2"));
  EXPECT_TRUE(has_line("partwise_http_request_body_bytes_total{route=\"add_part\"} 2000"));
  EXPECT_TRUE(has_line("partwise_http_response_body_bytes_total{route=\"add_part\"} 200"));
  const std::string seconds = "partwise_http_request_duration_seconds";
  EXPECT_TRUE(has_line(seconds + "_bucket{route=\"add_part\",le=\"0.01\"} 0")) << text();
  EXPECT_TRUE(has_line(seconds + "_bucket{route=\"add_part\",le=\"0.025\"} 2"));
  EXPECT_TRUE(has_line(seconds + "_count{route=\"add_part\"} 2"));
  EXPECT_TRUE(has_line(seconds + "_sum{route=\"add_part\"} 0.04"));
}

TEST_F(RequestMetricsTest, ARequestIsUnderWayFromItsRouteToItsAnswer) {
  const std::string name = "partwise_http_requests_under_way{route=\"get_content\"} ";
  EXPECT_TRUE(has_line(name + "0")) << text();
  metrics_.on_routed("get_content");
  metrics_.on_routed("get_content");
  metrics_.on_routed("create_file");
  EXPECT_TRUE(has_line(name + "2")) << text();
  metrics_.on_request({.route = "get_content", .status = 200});
  metrics_.on_request({.status = 404});
  EXPECT_TRUE(has_line(name + "1")) << text();
  EXPECT_TRUE(has_line("partwise_http_requests_under_way{route=\"create_file\"} 1"));
  EXPECT_TRUE(has_line("partwise_http_requests_under_way{route=\"none\"} 0"));
}

TEST_F(RequestMetricsTest, WhatIsNoRouteSharesOneLabel) {
  for (const std::string_view route : {"x", "y\"\n"}) metrics_.on_routed(route);
  for (const std::string route : {"", "x", "y\"\n"}) {
    metrics_.on_request({.route = route, .status = 404});
  }
  EXPECT_TRUE(has_line("partwise_http_requests_total{route=\"none\",status=\"404\"} 3")) << text();
}

TEST_F(RequestMetricsTest, EveryRouteHasItsLatencyFromTheStart) {
  for (const api::Route& route : api::routes()) {
    EXPECT_TRUE(has_line("partwise_http_request_duration_seconds_count{route=\"" +
                         std::string(route.name) + "\"} 0"))
        << route.name;
  }
}

}  // namespace partwise
