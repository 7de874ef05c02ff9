#include "api/health.hpp"

#include "wire/json_writer.hpp"

namespace partwise::api {

namespace {

http::Response status_response(std::string_view status) {
  wire::JsonWriter out;
  out.begin_object().key("status").text(status).end_object();
  http::Response response;
  response.headers.push_back({"content-type", "application/json"});
  response.text = out.take();
  return response;
}

}  // namespace

Task<Result<http::Response>> get_health(Call&) { co_return status_response("ok"); }

Task<Result<http::Response>> get_readiness(Call&, const Readiness& readiness) {
  CO_CHECK(readiness());
  co_return status_response("ready");
}

}  // namespace partwise::api
