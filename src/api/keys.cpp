#include "api/keys.hpp"

#include <array>

#include "api/account_mapping.hpp"
#include "api/json_response.hpp"
#include "wire/request_bodies.hpp"

namespace partwise::api {

namespace {

constexpr std::array<std::string_view, 3> kRoles{"user", "service", "admin"};

Result<CreateKeyRequest> parse_create(std::string_view json) {
  TRY(wire::CreateKeyBody body, wire::parse_create_key_body(json, kRoles));
  CreateKeyRequest request{.project = std::move(body.project), .name = std::move(body.name)};
  request.role = parse_role(body.role).value();  // One of those that the wire let through.
  if (body.expires_in_seconds) request.ttl.emplace(*body.expires_in_seconds);
  return request;
}

}  // namespace

Task<Result<http::Response>> list_keys(Call& /*call*/, AccountService& accounts) {
  CO_TRY(const auto keys, co_await accounts.list_keys());
  co_return json_response(to_wire(keys));
}

Task<Result<http::Response>> create_key(Call& call, AccountService& accounts) {
  CO_TRY(auto request, parse_create(call.body_text));
  CO_TRY(const auto created, co_await accounts.create_key(std::move(request)));
  co_return json_response(to_wire(created));
}

Task<Result<http::Response>> revoke_key(Call& call, AccountService& accounts) {
  CO_TRY(const auto key, co_await accounts.revoke_key(call.id));
  co_return json_response(to_wire(key));
}

}  // namespace partwise::api
