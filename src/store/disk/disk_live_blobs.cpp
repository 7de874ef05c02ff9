#include "store/disk/disk_live_blobs.hpp"

#include <algorithm>
#include <utility>

namespace partwise {

Task<Result<BlobGroup>> DiskLiveBlobs::list(std::uint32_t group) {
  auto work = [this, group] { return list_now(group); };
  co_return co_await run_on(workers_, std::move(work));
}

Task<Result<std::vector<Result<std::uint64_t>>>> DiskLiveBlobs::sizes(std::vector<BlobKey> keys) {
  auto work = [this, &keys] { return sizes_now(keys); };
  co_return co_await run_on(workers_, std::move(work));
}

Result<BlobGroup> DiskLiveBlobs::list_now(std::uint32_t group) const {
  BlobGroup listed;
  TRY(const auto entries, files_.list(paths_.fan_out(group)));
  for (const DirectoryEntry& entry : entries) {
    if (const auto key = DiskPaths::parse_blob(entry, group)) {
      listed.keys.push_back(*key);
    } else {
      listed.foreign_names.push_back("blobs/" + DiskPaths::fan_out_name(group) + "/" + entry.name);
    }
  }
  std::ranges::sort(listed.keys);
  if (group == 0) CHECK(add_strange_directories(listed));
  return listed;
}

Result<> DiskLiveBlobs::add_strange_directories(BlobGroup& group) const {
  TRY(const auto directories, files_.list(paths_.blobs()));
  for (const DirectoryEntry& entry : directories) {
    if (!DiskPaths::parse_fan_out(entry)) group.foreign_names.push_back("blobs/" + entry.name);
  }
  return {};
}

Result<std::uint64_t> DiskLiveBlobs::size_now(const BlobKey& key) const {
  TRY(const auto file, files_.open_read(paths_.blob(key)));
  return file->size();
}

Result<std::vector<Result<std::uint64_t>>> DiskLiveBlobs::sizes_now(
    const std::vector<BlobKey>& keys) const {
  std::vector<Result<std::uint64_t>> sizes;
  sizes.reserve(keys.size());
  for (const BlobKey& key : keys) {
    auto size = size_now(key);
    // Says nothing of the blob: the process has too many files open.
    if (!size && size.error().code == ErrorCode::overloaded) return fail(size.error());
    sizes.push_back(std::move(size));
  }
  return sizes;
}

}  // namespace partwise
