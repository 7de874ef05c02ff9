#pragma once

// The object PREFIX/database says which metadata the blobs of a location belong to: to others they
// would all be orphans, and theirs would all be missing.

#include <string>

#include "store/s3/s3_client.hpp"

namespace partwise::s3 {

// Blocking. Messages of errors are one line for the operator. `id` names the metadata, and is never
// used for others: visible characters. Errors: invalid_request (the location belongs to other
// metadata, is none of Partwise, or cannot be used); unavailable (it does not answer).
//
// Makes the location that of `id`, for ever; harmless if it is already.
[[nodiscard]] Result<> claim_bucket(S3Client& client, const std::string& id);
// Only asks whether it is.
[[nodiscard]] Result<> require_bucket(S3Client& client, const std::string& id);

}  // namespace partwise::s3
