#include "core/blob_digest.hpp"

#include <algorithm>
#include <utility>

namespace partwise {

namespace {

constexpr std::uint64_t kBurstBytes = 2 * kMiB;

struct Pass {
  Digester digester{Digester::Kind::md5};
  std::vector<std::byte> buffer = std::vector<std::byte>(kBurstBytes);
};

Error shrunk_blob(const BlobRef& blob) {
  return {ErrorCode::io_failure, "The blob " + blob.key.text() + " is shorter than its record."};
}

// One burst from a local file: read and digest in one visit to a worker.
Result<std::size_t> digest_file_burst(File& file, std::uint64_t offset, std::size_t bytes,
                                      Pass& pass) {
  const auto window = std::span(pass.buffer).first(bytes);
  TRY(const std::size_t count, file.read_at(offset, window));
  pass.digester.update(window.first(count));
  return count;
}

Task<Result<std::size_t>> digest_burst(BlobReader& reader, WorkerPool& workers,
                                       std::uint64_t offset, std::size_t bytes, Pass& pass) {
  if (const auto file = reader.file()) {
    auto work = [&pass, file, offset, bytes] {
      return digest_file_burst(*file, offset, bytes, pass);
    };
    co_return co_await run_on(workers, std::move(work));
  }
  const auto window = std::span(pass.buffer).first(bytes);
  CO_TRY(const std::size_t count, co_await reader.read_at(offset, window));
  auto work = [&pass, window, count]() -> Result<std::size_t> {
    pass.digester.update(window.first(count));
    return count;
  };
  co_return co_await run_on(workers, std::move(work));
}

}  // namespace

Task<Result<Md5Digest>> md5_of_blobs(BlobStore& store, WorkerPool& workers,
                                     std::vector<BlobRef> blobs,
                                     std::function<Result<>()> may_go_on) {
  Pass pass;
  for (const BlobRef& blob : blobs) {
    if (blob.bytes == 0) continue;
    CO_TRY(const auto reader, co_await store.open(blob.key));
    for (std::uint64_t offset = 0; offset < blob.bytes;) {
      CO_CHECK(may_go_on());
      const auto bytes = static_cast<std::size_t>(std::min(kBurstBytes, blob.bytes - offset));
      CO_TRY(const std::size_t count, co_await digest_burst(*reader, workers, offset, bytes, pass));
      if (count == 0) co_return fail(shrunk_blob(blob));
      offset += count;
    }
  }
  Md5Digest digest{};
  pass.digester.finish(digest);
  co_return digest;
}

}  // namespace partwise
