#include "core/blob_pass.hpp"

#include <algorithm>
#include <utility>

namespace partwise {

namespace {

constexpr std::uint64_t kBurstBytes = 2 * kMiB;

using Consume = std::function<Result<>(Bytes)>;

Error shrunk_blob(const BlobRef& blob) {
  return {ErrorCode::io_failure, "The blob " + blob.key.text() + " is shorter than its record."};
}

// One burst from a local file: read and consumed in one visit to a worker.
Result<std::size_t> consume_file_burst(File& file, std::uint64_t offset, MutableBytes window,
                                       const Consume& consume) {
  TRY(const std::size_t count, file.read_at(offset, window));
  CHECK(consume(window.first(count)));
  return count;
}

Task<Result<std::size_t>> consume_burst(BlobReader& reader, WorkerPool& workers,
                                        std::uint64_t offset, MutableBytes window,
                                        const Consume& consume) {
  if (const auto file = reader.file()) {
    auto work = [&consume, file, offset, window] {
      return consume_file_burst(*file, offset, window, consume);
    };
    co_return co_await run_on(workers, std::move(work));
  }
  CO_TRY(const std::size_t count, co_await reader.read_at(offset, window));
  auto work = [&consume, window, count]() -> Result<std::size_t> {
    CHECK(consume(window.first(count)));
    return count;
  };
  co_return co_await run_on(workers, std::move(work));
}

}  // namespace

Task<Result<>> pass_over(BlobStore& store, WorkerPool& workers, std::vector<BlobRef> blobs,
                         MayGoOn may_go_on, Consume consume) {
  std::vector<std::byte> buffer(kBurstBytes);
  for (const BlobRef& blob : blobs) {
    if (blob.bytes == 0) continue;
    CO_TRY(const auto reader, co_await store.open(blob.key));
    for (std::uint64_t offset = 0; offset < blob.bytes;) {
      CO_CHECK(may_go_on());
      const auto bytes = static_cast<std::size_t>(std::min(kBurstBytes, blob.bytes - offset));
      const auto window = std::span(buffer).first(bytes);
      CO_TRY(const std::size_t count,
             co_await consume_burst(*reader, workers, offset, window, consume));
      if (count == 0) co_return fail(shrunk_blob(blob));
      offset += count;
    }
  }
  co_return Result<>{};
}

Task<Result<Md5Digest>> md5_of_blobs(BlobStore& store, WorkerPool& workers,
                                     std::vector<BlobRef> blobs, MayGoOn may_go_on) {
  Digester digester(Digester::Kind::md5);
  auto update = [&digester](Bytes piece) -> Result<> {
    digester.update(piece);
    return {};
  };
  CO_CHECK(co_await pass_over(store, workers, std::move(blobs), std::move(may_go_on),
                              std::move(update)));
  Md5Digest digest{};
  digester.finish(digest);
  co_return digest;
}

}  // namespace partwise
