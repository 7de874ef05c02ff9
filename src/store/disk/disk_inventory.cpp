#include "store/disk/disk_inventory.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace partwise {

namespace {

constexpr std::size_t kReadBytes = kMiB;

bool is_ours(const DirectoryEntry& staged) {
  return !staged.is_directory && staged.name.starts_with(kNamedStagingPrefix);
}

std::string directory_of(const std::string& path) { return path.substr(0, path.find_last_of('/')); }

}  // namespace

DiskInventory::DiskInventory(FileSystem& files, std::string data_directory, OnRead on_read,
                             std::set<std::string> known)
    : files_(files),
      paths_(std::move(data_directory)),
      on_read_(std::move(on_read)),
      known_(std::move(known)),
      buffer_(kReadBytes) {}

Result<std::vector<BlobKey>> DiskInventory::keys() {
  std::vector<BlobKey> keys;
  CHECK(visit([&](BlobKey key) { keys.push_back(key); }, [](const Stray&) {}));
  return keys;
}

Result<std::uint64_t> DiskInventory::bytes_of(BlobKey key) {
  TRY(const auto file, files_.open_read(paths_.blob(key)));
  return file->size();
}

Result<std::vector<Stray>> DiskInventory::foreign() {
  std::vector<Stray> strays;
  CHECK(visit([](BlobKey) {}, [&](Stray stray) { strays.push_back(std::move(stray)); }));
  return strays;
}

Result<> DiskInventory::visit(const std::function<void(BlobKey)>& on_blob,
                              const std::function<void(Stray)>& on_foreign) {
  TRY(const auto directories, list(paths_.blobs()));
  for (const DirectoryEntry& directory : directories) {
    const auto fan_out = DiskPaths::parse_fan_out(directory);
    if (!fan_out) {
      Stray stray = measure("blobs/" + directory.name);
      stray.is_movable = !DiskPaths::is_fan_out_name(directory.name);
      on_foreign(std::move(stray));
      continue;
    }
    TRY(const auto entries, list(paths_.fan_out(*fan_out)));
    for (const DirectoryEntry& entry : entries) {
      if (const auto key = DiskPaths::parse_blob(entry, *fan_out)) {
        on_blob(*key);
      } else {
        on_foreign(measure("blobs/" + directory.name + "/" + entry.name));
      }
    }
  }
  return {};
}

Result<std::vector<Stray>> DiskInventory::staged() {
  TRY(const auto entries, list(paths_.staging()));
  bool tolerates_ours = false;
  if (std::ranges::any_of(entries, is_ours)) {
    TRY(const bool has_nameless, has_nameless_files());
    tolerates_ours = !has_nameless;
  }
  std::vector<Stray> strays;
  for (const DirectoryEntry& entry : entries) {
    Stray stray = measure("staging/" + entry.name);
    stray.is_expected = tolerates_ours && is_ours(entry);
    strays.push_back(std::move(stray));
  }
  return strays;
}

Result<std::vector<Stray>> DiskInventory::unknown() {
  TRY(const auto entries, list(paths_.data()));
  std::vector<Stray> strays;
  for (const DirectoryEntry& entry : entries) {
    const std::string path = paths_.data() + "/" + entry.name;
    const bool is_ours = path == paths_.blobs() || path == paths_.staging() ||
                         path == paths_.lost_and_found() || known_.contains(entry.name);
    if (!is_ours) strays.push_back(measure(entry.name));
  }
  return strays;
}

Stray DiskInventory::lost_and_found() { return measure("lost+found"); }

Stray DiskInventory::measure(std::string name) const {
  const auto bytes = bytes_under(paths_.data() + "/" + name);
  Stray stray{.name = std::move(name), .bytes = bytes.value_or(0)};
  const bool is_gone = !bytes && bytes.error().code == ErrorCode::not_found;
  if (!bytes && !is_gone) stray.problem = bytes.error().message;
  return stray;
}

Result<std::uint64_t> DiskInventory::bytes_under(const std::string& path) const {
  TRY(const auto status, files_.examine(path));
  if (status.kind != FileStatus::Kind::directory) return status.bytes;
  std::uint64_t bytes = 0;
  TRY(const auto entries, files_.list(path));
  for (const DirectoryEntry& entry : entries) {
    TRY(const std::uint64_t inside, bytes_under(path + "/" + entry.name));
    bytes += inside;
  }
  return bytes;
}

Result<bool> DiskInventory::has_nameless_files() {
  const auto count = [this]() -> Result<std::size_t> {
    TRY(const auto entries, files_.list(paths_.staging()));
    return entries.size();
  };
  TRY(const std::size_t before, count());
  TRY(const auto probe, files_.open_nameless(paths_.staging()));
  TRY(const std::size_t with_probe, count());
  return with_probe == before;
}

Result<BlobContent> DiskInventory::read(BlobKey key) {
  TRY(const auto file, files_.open_read(paths_.blob(key)));
  BlobContent content;
  Crc64 crc;
  for (;;) {
    TRY(const std::size_t count, file->read_at(content.bytes, buffer_));
    crc.update(std::span(buffer_).first(count));
    content.bytes += count;
    if (on_read_) on_read_(count);
    if (count < buffer_.size()) break;
  }
  content.crc64 = crc.value();
  return content;
}

Result<> DiskInventory::set_aside(BlobKey key) { return move_to_lost_and_found(paths_.blob(key)); }

Result<> DiskInventory::set_aside(const std::string& name) {
  return move_to_lost_and_found(paths_.data() + "/" + name);
}

Result<> DiskInventory::move_to_lost_and_found(const std::string& path) {
  if (moved_from_.empty()) CHECK(files_.make_directories(paths_.lost_and_found()));
  const std::string name = path.substr(path.find_last_of('/') + 1);
  const std::string first = paths_.lost_and_found() + "/" + name;
  TRY(bool is_moved, files_.rename_to_new(path, first));
  // Nothing that was found before is replaced.
  for (int copy = 1; !is_moved; ++copy) {
    TRY(is_moved, files_.rename_to_new(path, first + "." + std::to_string(copy)));
  }
  moved_from_.insert(directory_of(path));
  return {};
}

Result<> DiskInventory::sync_moves() {
  if (moved_from_.empty()) return {};
  // The new names before the old ones: a power loss may leave both, never neither.
  CHECK(sync(paths_.lost_and_found()));
  for (const std::string& directory : moved_from_) CHECK(sync(directory));
  moved_from_.clear();
  return {};
}

Result<> DiskInventory::sync(const std::string& directory) {
  TRY(const auto opened, files_.open_directory(directory));
  return opened->sync();
}

Result<std::vector<DirectoryEntry>> DiskInventory::list(const std::string& path) {
  auto entries = files_.list(path);
  if (!entries && entries.error().code == ErrorCode::not_found)
    return std::vector<DirectoryEntry>{};
  return entries;
}

}  // namespace partwise
