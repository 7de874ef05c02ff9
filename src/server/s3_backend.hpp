#pragma once

// Blobs in an object store: its client, the threads on which requests wait, and the spool.

#include <memory>
#include <optional>
#include <string>

#include "server/blob_backend.hpp"
#include "store/s3/s3_client.hpp"

namespace partwise {

// Whose the location is, is settled first: it belongs to the metadata of one data directory.
[[nodiscard]] Result<std::unique_ptr<BlobBackend>> open_s3_backend(const BlobBackendParts& parts);

// For `fsck`: a client of the place that the directory's blobs are in, which must be that of
// `config`. `log` outlives it.
[[nodiscard]] Result<std::shared_ptr<s3::S3Client>> open_s3_to_check(
    const ObjectStoreConfig& config, const std::string& data_dir, FileSystem& files,
    const Clock& clock, Random& random, Log& log);

// From the file that the settings name, or from the variables of AWS. Error: invalid_request with
// one line that holds no secret.
[[nodiscard]] Result<s3::S3Credentials> read_s3_credentials(const ObjectStoreConfig& config,
                                                            const EnvironmentLookup& environment,
                                                            FileSystem& files);

}  // namespace partwise
