#pragma once

// Who holds the space.

#include "api/services.hpp"

namespace partwise::api {

// Of the key's project; for administrators of all, or of the one that `?project=` names.
[[nodiscard]] Task<Result<http::Response>> get_usage(Call& call, AccountService& accounts);

}  // namespace partwise::api
