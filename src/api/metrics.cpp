#include "api/metrics.hpp"

namespace partwise::api {

namespace {
// Version 0.0.4 of the text format, which every Prometheus reads.
constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";
}  // namespace

Task<Result<http::Response>> get_metrics(Call&, const MetricsSource& metrics) {
  if (!metrics) co_return fail(ErrorCode::not_found, "This server has no figures.");
  http::Response response;
  response.headers.push_back({"content-type", kContentType});
  response.text = co_await metrics();
  co_return response;
}

}  // namespace partwise::api
