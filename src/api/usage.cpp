#include "api/usage.hpp"

#include "api/account_mapping.hpp"
#include "api/json_response.hpp"

namespace partwise::api {

Task<Result<http::Response>> get_usage(Call& call, AccountService& accounts) {
  auto asked = http::query_parameter(call.exchange.head().query, "project");
  CO_TRY(const auto usages, co_await accounts.usage(call.identity, std::move(asked)));
  if (call.identity.role == Role::admin) co_return json_response(to_wire_list(usages));
  co_return json_response(to_wire(usages.front()));
}

}  // namespace partwise::api
