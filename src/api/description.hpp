#pragma once

// The description of this API in OpenAPI's own language.

#include <string_view>

#include "api/services.hpp"

namespace partwise::api {

// docs/openapi.yaml, as it was when the program was built.
[[nodiscard]] std::string_view description_text();

[[nodiscard]] Task<Result<http::Response>> get_description(Call& call);

}  // namespace partwise::api
