#pragma once

// The verbs on parts.

#include "api/services.hpp"

namespace partwise::api {

// Its order of steps keeps a cancel final: the stream is in the registry before the upload is
// looked at, and until the answer has been written.
[[nodiscard]] Task<Result<http::Response>> add_part(Call& call, UploadService& uploads,
                                                    StreamRegistry& streams,
                                                    const ApiLimits& limits);
[[nodiscard]] Task<Result<http::Response>> list_parts(Call& call, UploadService& uploads,
                                                      const ApiLimits& limits);

}  // namespace partwise::api
