#include "server/s3_backend.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/thread_pool.hpp"
#include "server/blob_home.hpp"
#include "server/data_directory.hpp"
#include "store/s3/bucket_mark.hpp"
#include "store/s3/s3_blob_store.hpp"
#include "store/s3/s3_live_blobs.hpp"

namespace partwise {

namespace {

class S3Backend final : public BlobBackend {
 public:
  S3Backend(const BlobBackendParts& parts, std::shared_ptr<s3::S3Client> client,
            std::shared_ptr<s3::Spool> spool)
      : client_(std::move(client)),
        spool_(std::move(spool)),
        requests_(client_->limits().requests_max),
        store_(
            {.client = client_, .spool = spool_, .workers = parts.workers, .requests = requests_}),
        live_(client_, requests_) {}
  ~S3Backend() override { client_->stop(); }

  [[nodiscard]] BlobStore& store() override { return store_; }
  [[nodiscard]] LiveBlobs& live() override { return live_; }
  [[nodiscard]] std::string description() const override { return client_->location().text(); }
  void stop() override { client_->stop(); }

 private:
  // In the order of their dependence.
  const std::shared_ptr<s3::S3Client> client_;
  const std::shared_ptr<s3::Spool> spool_;
  ThreadPool requests_;
  s3::S3BlobStore store_;
  s3::S3LiveBlobs live_;
};

// The directory remembers the place before the place remembers the directory: a start that ends in
// between goes on with the same id.
Result<> claim(const BlobBackendParts& parts, s3::S3Client& client) {
  const std::string& data_dir = parts.config.data_dir;
  TRY(const auto found, read_blob_home(parts.files, data_dir));
  TRY(const bool has_blobs, DataDirectory::has_blobs(parts.files, data_dir));
  TRY(auto place,
      choose_blob_home(found, data_dir, client.location().text(), has_blobs, parts.random));
  if (place.is_claimed) return s3::require_bucket(client, place.id);
  if (!found) CHECK(write_blob_home(parts.files, data_dir, place));
  CHECK(s3::claim_bucket(client, place.id));
  place.is_claimed = true;
  return write_blob_home(parts.files, data_dir, place);
}

Result<std::shared_ptr<s3::S3Client>> open_client(const S3Access& access,
                                                  const s3::S3Location& location,
                                                  const s3::S3Limits& limits) {
  TRY(auto credentials, read_s3_credentials(access.config, process_environment, access.files));
  TRY(auto client, s3::S3Client::open({.location = location,
                                       .credentials = std::move(credentials),
                                       .limits = limits,
                                       .clock = access.clock,
                                       .random = access.random,
                                       .log = access.log}));
  return std::shared_ptr<s3::S3Client>(std::move(client));
}

std::unexpected<Error> other_bucket(const std::string& blobs_id, const s3::S3Location& location) {
  return fail(
      ErrorCode::invalid_request,
      fmt::format("The database has its blobs in another place than {}: {}.", location.text(),
                  blobs_id.starts_with("s3://") ? blobs_id : "a directory"));
}

}  // namespace

Result<std::shared_ptr<s3::S3Client>> open_s3_client(const S3Access& access,
                                                     const s3::S3Location& location) {
  return open_client(access, location, {});
}

Result<std::string> agree_on_bucket(const S3Access& access, const s3::S3Location& location,
                                    const std::string& store_id,
                                    const std::optional<std::string>& blobs_id) {
  if (blobs_id && *blobs_id != location.text()) return other_bucket(*blobs_id, location);
  TRY(const auto client, open_s3_client(access, location));
  CHECK(blobs_id ? s3::require_bucket(*client, store_id) : s3::claim_bucket(*client, store_id));
  return location.text();
}

Result<> require_bucket_of(s3::S3Client& client, FileSystem& files, const std::string& data_dir) {
  TRY(const auto home, read_blob_home(files, data_dir));
  if (home && home->location == client.location().text()) {
    return s3::require_bucket(client, home->id);
  }
  return fail(
      ErrorCode::invalid_request,
      fmt::format("the blobs of {} are in {}, and not in {}.", data_dir,
                  home ? home->location : "the directory itself", client.location().text()));
}

Result<> require_bucket_of(s3::S3Client& client, const std::string& store_id,
                           const std::optional<std::string>& blobs_id) {
  if (blobs_id && *blobs_id != client.location().text()) {
    return other_bucket(*blobs_id, client.location());
  }
  if (!blobs_id) return {};  // No node was ever started.
  return s3::require_bucket(client, store_id);
}

Result<s3::S3Credentials> read_s3_credentials(const ObjectStoreConfig& config,
                                              const EnvironmentLookup& environment,
                                              FileSystem& files) {
  if (!config.credentials_file.empty()) {
    const auto text = files.read_small(config.credentials_file);
    if (!text) return fail(ErrorCode::invalid_request, text.error().message);
    auto credentials = s3::S3Credentials::parse(*text);
    if (credentials) return credentials;
    return fail(ErrorCode::invalid_request,
                fmt::format("{}: {}", config.credentials_file, credentials.error().message));
  }
  const auto variable = [&](std::string_view name) { return environment(name).value_or(""); };
  s3::S3Credentials credentials{.access_key = variable("AWS_ACCESS_KEY_ID"),
                                .secret_key = variable("AWS_SECRET_ACCESS_KEY"),
                                .session_token = variable("AWS_SESSION_TOKEN")};
  if (credentials.are_whole()) return credentials;
  return fail(ErrorCode::invalid_request,
              "an object store needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the "
              "environment, or --s3-credentials-file.");
}

Result<std::unique_ptr<BlobBackend>> open_s3_backend(const BlobBackendParts& parts,
                                                     const s3::S3Location& location) {
  const ObjectStoreConfig& config = parts.config.object_store;
  const s3::S3Limits limits{.requests_max = config.requests_max,
                            .idle_connections_max = config.requests_max,
                            .spool_bytes_max = config.spool_bytes_max,
                            .reserve_bytes = parts.config.reserve_bytes};
  const S3Access access{.config = config,
                        .files = parts.files,
                        .clock = parts.clock,
                        .random = parts.random,
                        .log = parts.log};
  TRY(const auto client, open_client(access, location, limits));
  if (!is_shared(parts.config)) CHECK(claim(parts, *client));
  const std::string directory =
      config.spool_dir.empty() ? parts.config.data_dir + "/spool" : config.spool_dir;
  TRY(auto spool, s3::Spool::open(parts.files, directory, client->limits(), parts.log));
  return std::make_unique<S3Backend>(parts, client, std::move(spool));
}

}  // namespace partwise
