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

}  // namespace

Result<std::shared_ptr<s3::S3Client>> open_s3_to_check(const ObjectStoreConfig& config,
                                                       const std::string& data_dir,
                                                       FileSystem& files, const Clock& clock,
                                                       Random& random, Log& log) {
  TRY(const auto home, read_blob_home(files, data_dir));
  if (!home || home->location != config.location->text()) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("the blobs of {} are in {}, and not in {}.", data_dir,
                    home ? home->location : "the directory itself", config.location->text()));
  }
  TRY(auto credentials, read_s3_credentials(config, process_environment, files));
  TRY(auto made, s3::S3Client::open({.location = *config.location,
                                     .credentials = std::move(credentials),
                                     .clock = clock,
                                     .random = random,
                                     .log = log}));
  std::shared_ptr<s3::S3Client> client = std::move(made);
  CHECK(s3::require_bucket(*client, home->id));
  return client;
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

Result<std::unique_ptr<BlobBackend>> open_s3_backend(const BlobBackendParts& parts) {
  const ObjectStoreConfig& config = parts.config.object_store;
  TRY(auto credentials, read_s3_credentials(config, process_environment, parts.files));
  const s3::S3Limits limits{.requests_max = config.requests_max,
                            .idle_connections_max = config.requests_max,
                            .spool_bytes_max = config.spool_bytes_max,
                            .reserve_bytes = parts.config.reserve_bytes};
  TRY(auto made, s3::S3Client::open({.location = *config.location,
                                     .credentials = std::move(credentials),
                                     .limits = limits,
                                     .clock = parts.clock,
                                     .random = parts.random,
                                     .log = parts.log}));
  const std::shared_ptr<s3::S3Client> client = std::move(made);
  CHECK(claim(parts, *client));
  const std::string directory =
      config.spool_dir.empty() ? parts.config.data_dir + "/spool" : config.spool_dir;
  TRY(auto spool, s3::Spool::open(parts.files, directory, client->limits(), parts.log));
  return std::make_unique<S3Backend>(parts, client, std::move(spool));
}

}  // namespace partwise
