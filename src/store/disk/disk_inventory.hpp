#pragma once

// What really lies in a data directory, for the checker.

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "core/blob_inventory.hpp"
#include "store/disk/disk_layout.hpp"

namespace partwise {

// Names are paths relative to the data directory. Set aside is DATA/lost+found.
//
// Where the file system has no nameless files, a killed run leaves named ones in staging, which the
// next start removes: those are told by their prefix and are no leftovers. Elsewhere they are.
class DiskInventory final : public BlobInventory {
 public:
  // Called with the bytes of each read of a blob, before the next: may rest.
  using OnRead = std::function<void(std::uint64_t)>;

  // `files` outlives it. A directory that was never served has no blobs. `known` are the names in
  // the data directory that are not unknown, beside those of DiskPaths.
  DiskInventory(FileSystem& files, std::string data_directory, OnRead on_read = {},
                std::set<std::string> known = {});

  [[nodiscard]] Result<std::vector<BlobKey>> keys() override;
  [[nodiscard]] Result<std::uint64_t> bytes_of(BlobKey key) override;
  [[nodiscard]] Result<std::vector<Stray>> staged() override;
  [[nodiscard]] Result<std::vector<Stray>> foreign() override;
  [[nodiscard]] Result<std::vector<Stray>> unknown() override;
  [[nodiscard]] Stray lost_and_found() override;
  [[nodiscard]] Result<BlobContent> read(BlobKey key) override;
  [[nodiscard]] Result<> set_aside(BlobKey key) override;
  [[nodiscard]] Result<> set_aside(const std::string& name) override;
  [[nodiscard]] Result<> sync_moves() override;

 private:
  // With all that is under it.
  [[nodiscard]] Stray measure(std::string name) const;
  [[nodiscard]] Result<std::uint64_t> bytes_under(const std::string& path) const;
  [[nodiscard]] Result<> visit(const std::function<void(BlobKey)>& on_blob,
                               const std::function<void(Stray)>& on_foreign);
  // Nothing where the directory does not exist.
  [[nodiscard]] Result<std::vector<DirectoryEntry>> list(const std::string& path);
  [[nodiscard]] Result<bool> has_nameless_files();
  [[nodiscard]] Result<> move_to_lost_and_found(const std::string& path);
  [[nodiscard]] Result<> sync(const std::string& directory);

  FileSystem& files_;
  const DiskPaths paths_;
  const OnRead on_read_;
  const std::set<std::string> known_;
  std::vector<std::byte> buffer_;
  std::set<std::string> moved_from_;  // Directories, since the last sync_moves.
};

}  // namespace partwise
