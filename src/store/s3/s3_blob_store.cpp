#include "store/s3/s3_blob_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/s3/download.hpp"

namespace partwise::s3 {

namespace {

class S3BlobReader final : public BlobReader {
 public:
  S3BlobReader(WorkerPool& requests, std::shared_ptr<S3Client> client, std::string name)
      : requests_(requests), download_(std::move(client), std::move(name)) {}

  void expect(std::uint64_t offset, std::uint64_t bytes) override {
    download_.expect(offset, bytes);
  }

  [[nodiscard]] Task<Result<std::size_t>> read_at(std::uint64_t offset, MutableBytes out) override {
    auto read = [this, offset, out] { return download_.read_at(offset, out); };
    co_return co_await run_on(requests_, std::move(read));
  }

  [[nodiscard]] std::shared_ptr<File> file() override { return nullptr; }

 private:
  WorkerPool& requests_;
  Download download_;
};

// The StagedBlobs that come back are those that `stage` gave away.
std::unique_ptr<SpooledContent> own(std::unique_ptr<StagedBlob> staged) {
  return std::unique_ptr<SpooledContent>(static_cast<SpooledContent*>(staged.release()));
}

Result<Md5Digest> md5_of(SpooledContent& staged, std::size_t buffer_bytes) {
  Digester digester(Digester::Kind::md5);
  std::vector<std::byte> buffer(buffer_bytes);
  for (std::uint64_t offset = 0; offset < staged.bytes();) {
    const auto window = std::span(buffer).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), staged.bytes() - offset)));
    CHECK(staged.read_at(offset, window));
    digester.update(window);
    offset += window.size();
  }
  Md5Digest digest{};
  digester.finish(digest);
  return digest;
}

}  // namespace

S3BlobStore::S3BlobStore(S3BlobStoreParts parts)
    : parts_(std::move(parts)), names_(parts_.client->location()) {}

Task<Result<>> S3BlobStore::admit() {
  auto look = [this] { return parts_.spool->check_room(); };
  co_return co_await run_on(parts_.workers, std::move(look));
}

Task<Result<std::unique_ptr<StagedBlob>>> S3BlobStore::stage(ByteSource& content,
                                                             std::uint64_t bytes_max,
                                                             DigestKinds kinds) {
  auto staged =
      std::make_unique<SpooledContent>(parts_.spool, parts_.client->limits(), bytes_max, kinds);
  if (auto received = co_await receive(content, *staged); !received) {
    co_await discard(std::move(staged));
    co_return fail(std::move(received).error());
  }
  co_return staged;
}

Task<Result<>> S3BlobStore::receive(ByteSource& content, SpooledContent& staged) {
  using enum SpooledContent::Progress;
  for (auto progress = more; progress != ended;) {
    if (progress == waiting) CO_CHECK(co_await content.wait());
    auto burst = [&] { return staged.receive(content); };
    CO_TRY(progress, co_await run_on(parts_.workers, std::move(burst)));
  }
  co_return Result<>{};
}

Task<Result<PartDigests>> S3BlobStore::digests(StagedBlob& staged, DigestKinds kinds) {
  auto& content = static_cast<SpooledContent&>(staged);
  PartDigests digests = content.digests();
  if (kinds.md5 && !digests.md5) {
    auto read = [&] { return md5_of(content, parts_.client->limits().read_buffer_bytes); };
    CO_TRY(digests.md5, co_await run_on(parts_.workers, std::move(read)));
  }
  if (kinds.sha256) digests.sha256 = content.sha256();
  co_return digests;
}

Task<Result<>> S3BlobStore::publish(std::unique_ptr<StagedBlob> staged, BlobKey key) {
  auto work = [this, content = own(std::move(staged)), key]() mutable {
    auto stored = parts_.client->put(names_.blob(key), *content, content->sha256());
    content.reset();  // Here, and not on the loop.
    return stored;
  };
  auto published = co_await run_on(parts_.requests, std::move(work));
  if (!published && published.error().code == ErrorCode::unavailable) {
    published.error().code = ErrorCode::overloaded;
  }
  co_return published;
}

Task<> S3BlobStore::discard(std::unique_ptr<StagedBlob> staged) {
  auto work = [owned = std::move(staged)]() mutable -> Result<> {
    owned.reset();
    return {};
  };
  (void)co_await run_on(parts_.workers, std::move(work));  // Closing cannot fail.
}

Task<Result<std::unique_ptr<BlobReader>>> S3BlobStore::open(BlobKey key) {
  auto look = [this, key] { return parts_.client->status(names_.blob(key)); };
  const auto found = co_await run_on(parts_.requests, std::move(look));
  if (!found && found.error().code == ErrorCode::not_found) {
    co_return fail(ErrorCode::not_found, fmt::format("There is no blob {}.", key.text()));
  }
  if (!found) co_return fail(found.error());
  co_return std::make_unique<S3BlobReader>(parts_.requests, parts_.client, names_.blob(key));
}

Task<Result<>> S3BlobStore::remove(std::vector<BlobKey> keys) {
  auto work = [this, &keys] {
    std::vector<std::string> names;
    names.reserve(keys.size());
    for (const BlobKey& key : keys) names.push_back(names_.blob(key));
    return parts_.client->remove(names);
  };
  co_return co_await run_on(parts_.requests, std::move(work));
}

VolumeStatus S3BlobStore::status() const { return {.free_bytes = parts_.spool->free_bytes()}; }

}  // namespace partwise::s3
