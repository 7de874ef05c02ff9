#pragma once

// The verbs on files but for their content.

#include "api/services.hpp"

namespace partwise::api {

[[nodiscard]] Task<Result<http::Response>> get_file(Call& call, FileService& files);
[[nodiscard]] Task<Result<http::Response>> delete_file(Call& call, FileService& files);

}  // namespace partwise::api
