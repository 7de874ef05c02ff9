#pragma once

// The bytes of a file.

#include "api/services.hpp"

namespace partwise::api {

// Also for HEAD: the session leaves the body out. The download goes on when the file is deleted
// meanwhile.
[[nodiscard]] Task<Result<http::Response>> get_content(Call& call, FileService& files,
                                                       BlobStore& blobs);

}  // namespace partwise::api
