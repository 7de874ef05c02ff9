#pragma once

// Blobs as objects of a store that speaks S3. Content waits in the spool until its length is known,
// and goes out in one request that can be repeated and that the store checks. Nothing blocks the
// loop: content is received on the workers of the server, requests wait on threads of their own, so
// that a slow store keeps nothing else from its work.

#include <memory>
#include <vector>

#include "base/worker_pool.hpp"
#include "core/blob_store.hpp"
#include "store/s3/object_names.hpp"
#include "store/s3/s3_client.hpp"
#include "store/s3/spool.hpp"
#include "store/s3/spooled_content.hpp"

namespace partwise::s3 {

// What an S3BlobStore stands on. All outlive it, and `requests` outlives its readers.
struct S3BlobStoreParts {
  std::shared_ptr<S3Client> client;
  std::shared_ptr<Spool> spool;
  WorkerPool& workers;
  WorkerPool& requests;  // Here the client's verbs block.
};

// Beyond the port: a blob that was removed may be read to its end only by a request that is under
// way, and else `read_at` says not_found. The store is never degraded: its failures pass, and are
// `overloaded` where they met a publish, because what may have been stored is to be removed.
class S3BlobStore final : public BlobStore {
 public:
  explicit S3BlobStore(S3BlobStoreParts parts);

  [[nodiscard]] Task<Result<>> admit() override;
  [[nodiscard]] Task<Result<std::unique_ptr<StagedBlob>>> stage(ByteSource& content,
                                                                std::uint64_t bytes_max,
                                                                DigestKinds kinds) override;
  [[nodiscard]] Task<Result<PartDigests>> digests(StagedBlob& staged, DigestKinds kinds) override;
  [[nodiscard]] Task<Result<>> publish(std::unique_ptr<StagedBlob> staged, BlobKey key) override;
  [[nodiscard]] Task<> discard(std::unique_ptr<StagedBlob> staged) override;
  [[nodiscard]] Task<Result<std::unique_ptr<BlobReader>>> open(BlobKey key) override;
  [[nodiscard]] Task<Result<>> remove(std::vector<BlobKey> keys) override;
  [[nodiscard]] VolumeStatus status() const override;

 private:
  [[nodiscard]] Task<Result<>> receive(ByteSource& content, SpooledContent& staged);

  // Constant after construction.
  const S3BlobStoreParts parts_;
  const ObjectNames names_;
};

}  // namespace partwise::s3
