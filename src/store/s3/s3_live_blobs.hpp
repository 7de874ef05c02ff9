#pragma once

// What lies in an object store that servers use, for the online checker.

#include <memory>
#include <vector>

#include "base/worker_pool.hpp"
#include "core/live_blobs.hpp"
#include "store/s3/object_names.hpp"
#include "store/s3/s3_client.hpp"

namespace partwise::s3 {

// A group is what begins with one name, and is listed in pages. Names are those of objects, without
// the prefix of the location. A list brings the sizes with it, so that few have to be asked for.
class S3LiveBlobs final : public LiveBlobs {
 public:
  // `requests`, which outlives it, is where the client's verbs block.
  S3LiveBlobs(std::shared_ptr<S3Client> client, WorkerPool& requests)
      : client_(std::move(client)), requests_(requests), names_(client_->location()) {}

  [[nodiscard]] Task<Result<BlobGroup>> list(std::uint32_t group) override;
  [[nodiscard]] Task<Result<std::vector<Result<std::uint64_t>>>> sizes(
      std::vector<BlobKey> keys) override;

 private:
  // These block.
  [[nodiscard]] Result<> list_page(BlobGroup& listed, const std::string& prefix,
                                   std::optional<std::string>& token);
  [[nodiscard]] Result<> add_strange_names(BlobGroup& group);
  [[nodiscard]] Result<std::uint64_t> size_now(const BlobKey& key);

  // Constant after construction.
  const std::shared_ptr<S3Client> client_;
  WorkerPool& requests_;
  const ObjectNames names_;
};

}  // namespace partwise::s3
