#include "store/memory/blob_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/hash.hpp"

namespace partwise {

namespace {

class MemoryStagedBlob final : public StagedBlob {
 public:
  explicit MemoryStagedBlob(std::shared_ptr<std::size_t> count) : count_(std::move(count)) {
    ++*count_;
  }
  ~MemoryStagedBlob() override { --*count_; }
  MemoryStagedBlob(const MemoryStagedBlob&) = delete;
  MemoryStagedBlob& operator=(const MemoryStagedBlob&) = delete;

  [[nodiscard]] std::uint64_t bytes() const override { return content.size(); }
  [[nodiscard]] std::uint64_t crc64() const override {
    Crc64 crc;
    crc.update(content);
    return crc.value();
  }

  std::vector<std::byte> content;
  DigestKinds kinds;  // As asked for when it was staged.

 private:
  const std::shared_ptr<std::size_t> count_;
};

class MemoryBlobReader final : public BlobReader {
 public:
  explicit MemoryBlobReader(std::shared_ptr<const std::vector<std::byte>> content)
      : content_(std::move(content)) {}

  [[nodiscard]] Task<Result<std::size_t>> read_at(std::uint64_t offset, MutableBytes out) override {
    if (offset >= content_->size()) co_return std::size_t{0};
    const auto rest = std::span(*content_).subspan(offset);
    const std::size_t count = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(count), out.begin());
    co_return count;
  }

  [[nodiscard]] std::shared_ptr<File> file() override { return nullptr; }

 private:
  const std::shared_ptr<const std::vector<std::byte>> content_;
};

}  // namespace

Task<Result<std::unique_ptr<StagedBlob>>> MemoryBlobStore::stage(ByteSource& content,
                                                                 std::uint64_t bytes_max,
                                                                 DigestKinds kinds) {
  auto staged = std::make_unique<MemoryStagedBlob>(staged_count_);
  staged->kinds = kinds;
  for (;;) {
    auto piece = content.pull_now();
    if (!piece && piece.error().code == ErrorCode::would_block) {
      CO_CHECK(co_await content.wait());
      continue;
    }
    if (!piece) co_return fail(std::move(piece).error());
    if (piece->empty()) co_return staged;
    if (piece->size() > bytes_max - staged->content.size()) {
      co_return fail(
          ErrorCode::too_large,
          fmt::format("The content is larger than the {} bytes allowed here.", bytes_max));
    }
    staged->content.insert(staged->content.end(), piece->begin(), piece->end());
  }
}

Task<Result<PartDigests>> MemoryBlobStore::digests(StagedBlob& staged, DigestKinds kinds) {
  const auto& blob = static_cast<const MemoryStagedBlob&>(staged);
  PartDigests digests;
  if (kinds.md5 || blob.kinds.md5) digests.md5 = md5(blob.content);
  if (kinds.sha256 || blob.kinds.sha256) digests.sha256 = sha256(blob.content);
  co_return digests;
}

Task<Result<>> MemoryBlobStore::publish(std::unique_ptr<StagedBlob> staged, BlobKey key) {
  auto& blob = static_cast<MemoryStagedBlob&>(*staged);
  auto content = std::make_shared<const std::vector<std::byte>>(std::move(blob.content));
  if (!blobs_.emplace(key, std::move(content)).second) {
    co_return fail(ErrorCode::io_failure, fmt::format("The blob {} exists already.", key.text()));
  }
  co_return Result<>{};
}

Task<> MemoryBlobStore::discard(std::unique_ptr<StagedBlob> staged) {
  staged.reset();
  co_return;
}

Task<Result<std::unique_ptr<BlobReader>>> MemoryBlobStore::open(BlobKey key) {
  const auto found = blobs_.find(key);
  if (found == blobs_.end()) {
    co_return fail(ErrorCode::not_found, fmt::format("There is no blob {}.", key.text()));
  }
  co_return std::make_unique<MemoryBlobReader>(found->second);
}

Task<Result<>> MemoryBlobStore::remove(std::vector<BlobKey> keys) {
  if (keeps_all_ && !keys.empty()) {
    co_return fail(ErrorCode::would_block, "A backup keeps the blobs.");
  }
  for (const BlobKey& key : keys) blobs_.erase(key);
  co_return Result<>{};
}

void MemoryBlobStore::put(BlobKey key, std::string_view content) {
  const Bytes bytes = as_bytes(content);
  blobs_[key] = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
}

Task<Result<BlobGroup>> MemoryBlobStore::list(std::uint32_t group) {
  BlobGroup listed;
  for (const auto& [key, content] : blobs_) {
    if (group_of(key) == group) listed.keys.push_back(key);
  }
  co_return listed;
}

Task<Result<std::vector<Result<std::uint64_t>>>> MemoryBlobStore::sizes(std::vector<BlobKey> keys) {
  std::vector<Result<std::uint64_t>> sizes;
  for (const BlobKey& key : keys) {
    const auto found = blobs_.find(key);
    if (found == blobs_.end()) {
      sizes.emplace_back(fail(ErrorCode::not_found, "There is no such blob."));
    } else {
      sizes.emplace_back(found->second->size());
    }
  }
  co_return sizes;
}

Task<Result<>> MemoryBlobStore::admit() { co_return Result<>{}; }

VolumeStatus MemoryBlobStore::status() const {
  return {.degraded = false, .free_bytes = std::numeric_limits<std::uint64_t>::max()};
}

}  // namespace partwise
