#pragma once

// The verbs on files but for their content.

#include "api/services.hpp"

namespace partwise::api {

[[nodiscard]] Task<Result<http::Response>> create_file(Call& call, FileService& files,
                                                       const ApiLimits& limits);
[[nodiscard]] Task<Result<http::Response>> list_files(Call& call, FileService& files,
                                                      const ApiLimits& limits);
[[nodiscard]] Task<Result<http::Response>> get_file(Call& call, FileService& files);
[[nodiscard]] Task<Result<http::Response>> delete_file(Call& call, FileService& files);

}  // namespace partwise::api
