#include "store/disk/disk_layout.hpp"

#include <set>

namespace partwise {

namespace {

// Only what open_nameless has left: everything else in staging is not of our making, and fsck names
// it.
Result<> remove_staged_in(FileSystem& files, const std::string& directory) {
  TRY(const auto entries, files.list(directory));
  for (const DirectoryEntry& entry : entries) {
    const bool is_ours = !entry.is_directory && entry.name.starts_with(kNamedStagingPrefix);
    if (is_ours) CHECK(files.remove(directory + "/" + entry.name));
  }
  return {};
}

Result<> sync_directory(FileSystem& files, const std::string& path) {
  TRY(const auto directory, files.open_directory(path));
  return directory->sync();
}

std::optional<std::size_t> fan_out_called(const std::string& name) {
  std::byte byte{};
  if (!from_hex(name, std::span(&byte, 1))) return std::nullopt;
  const auto index = std::to_integer<std::size_t>(byte);
  // In capitals: not of our making.
  if (DiskPaths::fan_out_name(index) != name) return std::nullopt;
  return index;
}

}  // namespace

std::string DiskPaths::fan_out_name(std::size_t index) {
  const auto byte = static_cast<std::byte>(index);
  return to_hex(std::span(&byte, 1));
}

std::size_t DiskPaths::fan_out_index(BlobKey key) {
  return std::to_integer<std::size_t>(key.bytes[0]);
}

std::string DiskPaths::fan_out(std::size_t index) const {
  return blobs() + "/" + fan_out_name(index);
}

std::string DiskPaths::blob(BlobKey key) const {
  return fan_out(fan_out_index(key)) + "/" + key.text();
}

bool DiskPaths::is_fan_out_name(const std::string& name) {
  return fan_out_called(name).has_value();
}

std::optional<std::size_t> DiskPaths::parse_fan_out(const DirectoryEntry& entry) {
  return entry.is_directory ? fan_out_called(entry.name) : std::nullopt;
}

std::optional<BlobKey> DiskPaths::parse_blob(const DirectoryEntry& entry, std::size_t fan_out) {
  const auto key = BlobKey::parse(entry.name);
  if (entry.is_directory || !key || fan_out_index(*key) != fan_out) return std::nullopt;
  return key;
}

Result<std::unique_ptr<DiskLayout>> DiskLayout::open(FileSystem& files,
                                                     const std::string& data_directory,
                                                     bool is_shared) {
  std::unique_ptr<DiskLayout> layout(new DiskLayout(DiskPaths(data_directory)));
  CHECK(layout->make(files));
  if (!is_shared) CHECK(remove_staged_in(files, layout->paths_.staging()));
  return layout;
}

Result<> DiskLayout::make(FileSystem& files) {
  CHECK(files.make_directory(paths_.blobs()));
  CHECK(files.make_directory(paths_.staging()));
  CHECK(files.make_directory(paths_.lost_and_found()));
  TRY(const auto entries, files.list(paths_.blobs()));
  std::set<std::string> present;
  for (const DirectoryEntry& entry : entries) present.insert(entry.name);
  for (std::size_t index = 0; index < DiskPaths::kFanOut; ++index) {
    if (present.contains(DiskPaths::fan_out_name(index))) continue;
    CHECK(files.make_directory(paths_.fan_out(index)));
  }
  // At every start: the run that made them may have ended between making and syncing.
  CHECK(sync_directory(files, paths_.blobs()));
  CHECK(sync_directory(files, paths_.data()));
  for (std::size_t index = 0; index < DiskPaths::kFanOut; ++index) {
    TRY(directories_[index], files.open_directory(paths_.fan_out(index)));
  }
  return {};
}

Directory& DiskLayout::directory_of(BlobKey key) const {
  return *directories_[DiskPaths::fan_out_index(key)];
}

}  // namespace partwise
