#pragma once

// Blobs in memory: the reference for the contract suite, and what tests run on. Lives on the loop.

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "core/blob_store.hpp"
#include "core/live_blobs.hpp"

namespace partwise {

class MemoryBlobStore final : public BlobStore, public LiveBlobs {
 public:
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

  [[nodiscard]] Task<Result<BlobGroup>> list(std::uint32_t group) override;
  [[nodiscard]] Task<Result<std::vector<Result<std::uint64_t>>>> sizes(
      std::vector<BlobKey> keys) override;

  // For tests: a blob that came by no way of the server.
  void put(BlobKey key, std::string_view content);
  // Likewise: what is there.
  [[nodiscard]] std::size_t blob_count() const { return blobs_.size(); }
  [[nodiscard]] bool contains(BlobKey key) const { return blobs_.contains(key); }
  [[nodiscard]] std::size_t staged_count() const { return *staged_count_; }
  // As a backup does while it runs.
  void keep_all(bool keeps) { keeps_all_ = keeps; }

 private:
  // Shared with readers, which outlive a removal.
  std::map<BlobKey, std::shared_ptr<const std::vector<std::byte>>> blobs_;
  // Shared with staged blobs, so that they may be destroyed after the store.
  std::shared_ptr<std::size_t> staged_count_ = std::make_shared<std::size_t>(0);
  bool keeps_all_ = false;
};

}  // namespace partwise
