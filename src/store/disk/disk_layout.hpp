#pragma once

// Where things are in a data directory: DATA/blobs/xx/<32 hexadecimal digits>, xx being the first
// two of them; DATA/staging; DATA/lost+found. See docs/formats/data-directory.md.

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/file_system.hpp"
#include "core/blob.hpp"

namespace partwise {

// Names of paths, no more. A value.
class DiskPaths {
 public:
  static constexpr std::size_t kFanOut = 256;

  explicit DiskPaths(std::string data_directory) : data_(std::move(data_directory)) {}

  [[nodiscard]] const std::string& data() const { return data_; }
  [[nodiscard]] std::string blobs() const { return data_ + "/blobs"; }
  [[nodiscard]] std::string staging() const { return data_ + "/staging"; }
  [[nodiscard]] std::string lost_and_found() const { return data_ + "/lost+found"; }
  // "00" to "ff".
  [[nodiscard]] static std::string fan_out_name(std::size_t index);
  [[nodiscard]] static std::size_t fan_out_index(BlobKey key);
  [[nodiscard]] std::string fan_out(std::size_t index) const;
  [[nodiscard]] std::string blob(BlobKey key) const;
  // Whether a directory of the fan-out is called so.
  [[nodiscard]] static bool is_fan_out_name(const std::string& name);
  // Which directory of the fan-out an entry of `blobs` is; nothing where it is none.
  [[nodiscard]] static std::optional<std::size_t> parse_fan_out(const DirectoryEntry& entry);
  // Which blob an entry of that directory is; nothing where it cannot be one.
  [[nodiscard]] static std::optional<BlobKey> parse_blob(const DirectoryEntry& entry,
                                                         std::size_t fan_out);

 private:
  std::string data_;
};

// The directories of a store that is in use. Constant after construction; thread-safe.
class DiskLayout {
 public:
  // Makes what is missing, durably, and empties staging unless it `is_shared`. `data_directory`
  // exists. Blocks.
  [[nodiscard]] static Result<std::unique_ptr<DiskLayout>> open(FileSystem& files,
                                                                const std::string& data_directory,
                                                                bool is_shared = false);

  [[nodiscard]] const DiskPaths& paths() const { return paths_; }
  // The open directory that holds the blob's name.
  [[nodiscard]] Directory& directory_of(BlobKey key) const;

 private:
  explicit DiskLayout(DiskPaths paths) : paths_(std::move(paths)) {}
  [[nodiscard]] Result<> make(FileSystem& files);

  const DiskPaths paths_;
  std::array<std::unique_ptr<Directory>, DiskPaths::kFanOut> directories_;
};

}  // namespace partwise
