#include "api/fsck.hpp"

#include "api/check_mapping.hpp"
#include "api/json_response.hpp"

namespace partwise::api {

Task<Result<http::Response>> fsck(Call& call, OnlineChecker& online_checker) {
  auto may_go_on = [&connection = call.exchange.connection()]() -> Result<> {
    if (!connection.peer_has_ended()) return {};
    return fail(ErrorCode::disconnected, "The client has gone.");
  };
  CO_TRY(const auto report, co_await online_checker.check(std::move(may_go_on)));
  co_return json_response(to_wire(report));
}

}  // namespace partwise::api
