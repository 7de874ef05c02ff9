#include "api/metrics.hpp"

namespace partwise::api {

namespace {
// Version 0.0.4 of the text format, which every Prometheus reads.
constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

// No key has a role yet, so that no key is an administrator's.
bool is_admin(const Identity&) { return false; }
}  // namespace

Result<> require_admin(const Identity& identity) {
  if (is_admin(identity)) return {};
  return fail(ErrorCode::forbidden,
              "This API key may not read the figures of the server. Use a key with the role admin, "
              "or the address of --metrics-listen.");
}

Task<Result<http::Response>> get_metrics(Call&, const MetricsSource& metrics) {
  if (!metrics) co_return fail(ErrorCode::not_found, "This server has no figures.");
  http::Response response;
  response.headers.push_back({"content-type", kContentType});
  response.text = co_await metrics();
  co_return response;
}

}  // namespace partwise::api
