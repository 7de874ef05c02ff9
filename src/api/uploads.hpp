#pragma once

// The verbs on uploads.

#include "api/services.hpp"

namespace partwise::api {

[[nodiscard]] Task<Result<http::Response>> create_upload(Call& call, UploadService& uploads);
[[nodiscard]] Task<Result<http::Response>> list_uploads(Call& call, UploadService& uploads,
                                                        const ApiLimits& limits);
[[nodiscard]] Task<Result<http::Response>> get_upload(Call& call, UploadService& uploads);
[[nodiscard]] Task<Result<http::Response>> complete_upload(Call& call, UploadService& uploads,
                                                           StreamRegistry& streams);
[[nodiscard]] Task<Result<http::Response>> cancel_upload(Call& call, UploadService& uploads);

}  // namespace partwise::api
