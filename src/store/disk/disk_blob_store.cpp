#include "store/disk/disk_blob_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/both.hpp"

namespace partwise {

namespace {

// Closes the file on a worker, whoever lets go of it last: it may have been removed, and then
// closing it frees its blocks. Once the store is gone there is no loop to spare, and perhaps no
// worker.
std::shared_ptr<File> closed_on(std::weak_ptr<WorkerPool> workers, std::unique_ptr<File> file) {
  return {file.release(), [workers = std::move(workers)](File* last) {
            std::unique_ptr<File> owned(last);
            if (const auto pool = workers.lock()) {
              pool->post([closing = std::move(owned)]() mutable { closing.reset(); });
            }
          }};
}

class DiskBlobReader final : public BlobReader {
 public:
  DiskBlobReader(WorkerPool& workers, Volume& volume, std::shared_ptr<File> file)
      : workers_(workers), volume_(volume), file_(std::move(file)) {}

  [[nodiscard]] Task<Result<std::size_t>> read_at(std::uint64_t offset, MutableBytes out) override {
    auto read = [file = file_, offset, out] { return file->read_at(offset, out); };
    auto count = co_await run_on(workers_, std::move(read));
    if (!count) co_return volume_.failed_read(count.error());
    co_return count;
  }

  [[nodiscard]] std::shared_ptr<File> file() override { return file_; }

 private:
  WorkerPool& workers_;
  Volume& volume_;
  const std::shared_ptr<File> file_;
};

// Reads one burst of staged content again, from `offset` on.
Result<> digest_burst(StagedFile& staged, std::uint64_t offset, std::uint64_t bytes,
                      MutableBytes buffer, Digester& digester) {
  while (bytes > 0) {
    const auto window = buffer.first(std::min<std::uint64_t>(buffer.size(), bytes));
    TRY(const std::size_t count, staged.read_at(offset, window));
    if (count == 0) return fail(ErrorCode::internal, "Staged content is shorter than it was.");
    digester.update(window.first(count));
    offset += count;
    bytes -= count;
  }
  return {};
}

// Digests all of `staged` into `out`, a burst at a time.
Task<Result<>> digest_again(WorkerPool& workers, StagedFile& staged, Digester digester,
                            const DiskLimits& limits, MutableBytes out) {
  std::vector<std::byte> buffer(limits.read_buffer_bytes);
  for (std::uint64_t offset = 0; offset < staged.bytes();) {
    const std::uint64_t bytes = std::min(limits.burst_bytes, staged.bytes() - offset);
    auto burst = [&, offset, bytes] {
      return digest_burst(staged, offset, bytes, buffer, digester);
    };
    CO_CHECK(co_await run_on(workers, std::move(burst)));
    offset += bytes;
  }
  digester.finish(out);
  co_return Result<>{};
}

// `burst`, and then whether it failed.
Task<Result<StagedFile::Progress>> noting_failure(Task<Result<StagedFile::Progress>> burst,
                                                  bool& has_failed) {
  auto progress = co_await std::move(burst);
  has_failed = !progress;
  co_return progress;
}

// The StagedBlobs that come back are those that `stage` gave away.
std::unique_ptr<StagedFile> own(std::unique_ptr<StagedBlob> staged) {
  return std::unique_ptr<StagedFile>(static_cast<StagedFile*>(staged.release()));
}

}  // namespace

Result<std::unique_ptr<DiskBlobStore>> DiskBlobStore::open(DiskBlobStoreParts parts) {
  TRY(auto layout, DiskLayout::open(parts.files, parts.data_directory, parts.is_shared));
  std::unique_ptr<DiskBlobStore> store(new DiskBlobStore(std::move(parts), std::move(layout)));
  // Looks at the free space for the first status. A full disk must not keep a server from starting:
  // deleting is what helps.
  auto room = store->volume_.check_room();
  if (!room && room.error().code != ErrorCode::out_of_space) return fail(std::move(room).error());
  return store;
}

DiskBlobStore::DiskBlobStore(DiskBlobStoreParts parts, std::unique_ptr<DiskLayout> layout)
    : parts_(std::move(parts)),
      layout_(std::move(layout)),
      staging_(layout_->paths().staging()),
      closers_(&parts_.workers, [](WorkerPool*) {}),
      volume_(parts_.files, parts_.data_directory, parts_.limits, parts_.log) {}

Task<Result<>> DiskBlobStore::admit() {
  CO_CHECK(volume_.require_usable());
  // Every stage looks: what room there was is known well enough, and lack of it is looked at again.
  if (volume_.had_room()) co_return Result<>{};
  auto look = [this] { return volume_.check_room(); };
  co_return co_await run_on(parts_.workers, std::move(look));
}

Task<Result<std::unique_ptr<StagedBlob>>> DiskBlobStore::stage(ByteSource& content,
                                                               std::uint64_t bytes_max,
                                                               DigestKinds kinds) {
  CO_CHECK(volume_.require_usable());
  const StagingPlace place{
      .files = parts_.files, .volume = volume_, .directory = staging_, .limits = parts_.limits};
  auto staged = std::make_unique<StagedFile>(place, bytes_max, kinds);
  if (auto received = co_await receive(content, *staged); !received) {
    co_await discard(std::move(staged));
    co_return fail(std::move(received).error());
  }
  co_return staged;
}

Task<Result<>> DiskBlobStore::receive(ByteSource& content, StagedFile& staged) {
  using enum StagedFile::Progress;
  const bool strict = parts_.durability == Durability::strict;
  for (auto progress = more; progress != ended;) {
    auto burst = receive_burst(content, staged, progress);
    if (strict && staged.write_back_due() > 0) {
      CO_TRY(progress, co_await beside_write_back(std::move(burst), staged));
    } else {
      CO_TRY(progress, co_await std::move(burst));
    }
  }
  const bool has_failed = false;
  if (strict) CO_CHECK(co_await write_back(staged, staged.write_back_due(), has_failed));
  co_return Result<>{};
}

Task<Result<StagedFile::Progress>> DiskBlobStore::beside_write_back(
    Task<Result<StagedFile::Progress>> burst, StagedFile& staged) {
  bool has_failed = false;
  auto writing_back = write_back(staged, staged.write_back_due(), has_failed);
  auto [received, written_back] =
      co_await both(noting_failure(std::move(burst), has_failed), std::move(writing_back));
  // First, because a disk that fails makes the burst fail as well. A burst that waits for its
  // client goes on waiting, for as long as patience with a client lasts.
  if (!written_back) co_return fail(std::move(written_back).error());
  co_return received;
}

Task<Result<StagedFile::Progress>> DiskBlobStore::receive_burst(ByteSource& content,
                                                                StagedFile& staged,
                                                                StagedFile::Progress before) {
  if (before == StagedFile::Progress::waiting) CO_CHECK(co_await content.wait());
  auto burst = [&] { return receive_now(content, staged); };
  co_return co_await run_on(parts_.workers, std::move(burst));
}

Result<StagedFile::Progress> DiskBlobStore::receive_now(ByteSource& content, StagedFile& staged) {
  using enum StagedFile::Progress;
  auto progress = staged.receive(content);
  // The bytes stay hot where nobody else wants this thread. A step of write-back is taken from the
  // loop.
  const bool may_stay = parts_.durability == Durability::relaxed;
  while (may_stay && progress && *progress == more && !parts_.workers.is_busy()) {
    progress = staged.receive(content);
  }
  return progress;
}

Task<Result<>> DiskBlobStore::write_back(StagedFile& staged, std::uint64_t steps,
                                         const bool& is_in_vain) {
  for (; steps > 0; --steps) {
    const auto slot = co_await volume_.sync_slot().lock();
    if (is_in_vain) break;
    auto step = [&staged] { return staged.write_back_step(); };
    CO_CHECK(co_await run_on(parts_.workers, std::move(step)));
  }
  co_return Result<>{};
}

Task<Result<PartDigests>> DiskBlobStore::digests(StagedBlob& staged, DigestKinds kinds) {
  auto& file = static_cast<StagedFile&>(staged);
  PartDigests digests = file.digests();
  if (kinds.md5 && !digests.md5) {
    Digester digester(Digester::Kind::md5);
    CO_CHECK(co_await digest_again(parts_.workers, file, std::move(digester), parts_.limits,
                                   digests.md5.emplace()));
  }
  if (kinds.sha256 && !digests.sha256) {
    Digester digester(Digester::Kind::sha256);
    CO_CHECK(co_await digest_again(parts_.workers, file, std::move(digester), parts_.limits,
                                   digests.sha256.emplace()));
  }
  co_return digests;
}

Task<Result<>> DiskBlobStore::publish(std::unique_ptr<StagedBlob> staged, BlobKey key) {
  std::optional<AsyncMutex::Lock> slot;
  const bool is_bulk = staged->bytes() > parts_.limits.small_sync_bytes_max;
  if (is_bulk && parts_.durability == Durability::strict) {
    slot = co_await volume_.sync_slot().lock();
  }
  auto work = [this, file = own(std::move(staged)), key]() mutable {
    auto published = publish_now(*file, key);
    file.reset();  // Here, and not on the loop.
    return published;
  };
  co_return co_await run_on(parts_.workers, std::move(work));
}

Result<> DiskBlobStore::publish_now(StagedFile& staged, BlobKey key) {
  CHECK(volume_.require_usable());
  const bool strict = parts_.durability == Durability::strict;
  if (strict) CHECK(staged.sync());
  CHECK(staged.link(layout_->paths().blob(key)));
  if (strict) CHECK(sync_directory_of(key));
  return {};
}

Result<> DiskBlobStore::sync_directory_of(BlobKey key) {
  // The kernel tells of a failure once: a second sync, at the same time or later, would succeed and
  // promise what is not so.
  const std::lock_guard sole(directory_syncs_[DiskPaths::fan_out_index(key)]);
  if (directory_sync_failed_) {
    return fail(ErrorCode::unavailable, "A directory could not be synced; restart the server.");
  }
  if (auto synced = layout_->directory_of(key).sync(); !synced) {
    directory_sync_failed_ = true;
    return volume_.failed_directory_sync(synced.error());
  }
  return {};
}

Task<> DiskBlobStore::discard(std::unique_ptr<StagedBlob> staged) {
  auto work = [owned = std::move(staged)]() mutable -> Result<> {
    owned.reset();
    return {};
  };
  (void)co_await run_on(parts_.workers, std::move(work));  // Closing cannot fail.
}

Task<Result<std::unique_ptr<BlobReader>>> DiskBlobStore::open(BlobKey key) {
  auto work = [this, key] { return parts_.files.open_read(layout_->paths().blob(key)); };
  auto file = co_await run_on(parts_.workers, std::move(work));
  if (!file && file.error().code == ErrorCode::not_found) {
    co_return fail(ErrorCode::not_found, fmt::format("There is no blob {}.", key.text()));
  }
  if (!file) co_return volume_.failed_read(file.error());
  co_return std::make_unique<DiskBlobReader>(parts_.workers, volume_,
                                             closed_on(closers_, std::move(*file)));
}

Task<Result<>> DiskBlobStore::remove(std::vector<BlobKey> keys) {
  for (std::span<const BlobKey> rest = keys; !rest.empty();) {
    const auto batch = rest.first(std::min(rest.size(), parts_.limits.removals_per_visit));
    auto work = [this, batch] { return remove_now(batch); };
    CO_CHECK(co_await run_on(parts_.workers, std::move(work)));
    rest = rest.subspan(batch.size());
  }
  if (parts_.durability == Durability::relaxed) co_return Result<>{};
  std::set<std::size_t> synced;
  for (const BlobKey& key : keys) {
    if (!synced.insert(DiskPaths::fan_out_index(key)).second) continue;
    auto work = [this, key] { return sync_directory_of(key); };
    CO_CHECK(co_await run_on(parts_.workers, std::move(work)));
  }
  co_return Result<>{};
}

Result<> DiskBlobStore::remove_now(std::span<const BlobKey> keys) {
  // Here, after the claim and before the removal: whatever a later backup reads of the metadata no
  // longer needs these blobs.
  const auto is_held = parts_.files.is_held(parts_.data_directory);
  if (!is_held) return volume_.failed_read(is_held.error());
  if (*is_held) return fail(ErrorCode::would_block, "A backup keeps the blobs.");
  for (const BlobKey& key : keys) {
    auto removed = parts_.files.remove(layout_->paths().blob(key));
    if (removed || removed.error().code == ErrorCode::not_found) continue;
    return volume_.failed_write(removed.error());
  }
  return {};
}

}  // namespace partwise
