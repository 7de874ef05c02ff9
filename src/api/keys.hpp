#pragma once

// The API keys of all projects, for administrators.

#include "api/services.hpp"

namespace partwise::api {

[[nodiscard]] Task<Result<http::Response>> list_keys(Call& call, AccountService& accounts);
// The answer is the only place that ever shows the key.
[[nodiscard]] Task<Result<http::Response>> create_key(Call& call, AccountService& accounts);
[[nodiscard]] Task<Result<http::Response>> revoke_key(Call& call, AccountService& accounts);

}  // namespace partwise::api
