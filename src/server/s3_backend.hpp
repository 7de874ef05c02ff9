#pragma once

// Blobs in an object store: its client, the threads on which requests wait, and the spool.

#include <memory>
#include <optional>
#include <string>

#include "server/blob_backend.hpp"
#include "store/s3/s3_client.hpp"

namespace partwise {

// Whose the location is, is settled first: it belongs to the metadata of one data directory, or to
// a database, with which `agree_on_bucket` has settled it.
[[nodiscard]] Result<std::unique_ptr<BlobBackend>> open_s3_backend(const BlobBackendParts& parts,
                                                                   const s3::S3Location& location);

// What a client for an operator stands on. All outlive it.
struct S3Access {
  const ObjectStoreConfig& config;
  FileSystem& files;
  const Clock& clock;
  Random& random;
  Log& log;
};
[[nodiscard]] Result<std::shared_ptr<s3::S3Client>> open_s3_client(const S3Access& access,
                                                                   const s3::S3Location& location);

// Makes `location` that of the database `store_id`, which says that its blobs are in `blobs_id`.
// Returns what it should say. Errors: invalid_request (they do not belong together); unavailable.
[[nodiscard]] Result<std::string> agree_on_bucket(const S3Access& access,
                                                  const s3::S3Location& location,
                                                  const std::string& store_id,
                                                  const std::optional<std::string>& blobs_id);

// For `fsck`: only asks whether they belong together: to the directory, or to the database.
[[nodiscard]] Result<> require_bucket_of(s3::S3Client& client, FileSystem& files,
                                         const std::string& data_dir);
[[nodiscard]] Result<> require_bucket_of(s3::S3Client& client, const std::string& store_id,
                                         const std::optional<std::string>& blobs_id);

// From the file that the settings name, or from the variables of AWS. Error: invalid_request with
// one line that holds no secret.
[[nodiscard]] Result<s3::S3Credentials> read_s3_credentials(const ObjectStoreConfig& config,
                                                            const EnvironmentLookup& environment,
                                                            FileSystem& files);

}  // namespace partwise
