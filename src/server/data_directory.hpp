#pragma once

// One data directory: who may use it, which version wrote it, and whether the last run ended in a
// way that leaves it trustworthy. See docs/formats/data-directory.md.

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/file_system.hpp"
#include "core/durability.hpp"

namespace partwise {

// What DATA/run says of the last run, or of the one under way.
struct RunMark {
  Durability durability = Durability::strict;
  std::string boot_id;  // Of the boot in which the run began; empty where it could not be read.
  bool stopped_clean = false;  // Everything was synced at its end.
  friend bool operator==(const RunMark&, const RunMark&) = default;
};

[[nodiscard]] std::string run_mark_text(const RunMark& mark);
[[nodiscard]] std::optional<RunMark> parse_run_mark(std::string_view text);

// Whether the run may have lost answered writes: it promised only to survive the process, and the
// machine went down under it.
[[nodiscard]] bool needs_check(const RunMark& mark, std::string_view boot_id);

// The id of this boot; empty where the system has none.
[[nodiscard]] std::string read_boot_id(FileSystem& files);

// Where the metadata of a server are: in its data directory, or in a database that others use too.
// Then the directory holds what belongs to the node alone, and it may hold the blobs.
enum class MetadataPlace : std::uint8_t { here, elsewhere };

// The directory while this process alone uses it; the lock goes with the object. Every verb blocks.
// Messages of errors are one line for the operator.
class DataDirectory {
 public:
  // Makes the directory if there is none, and checks or writes its format. Takes no lock: for what
  // may run beside a server. Errors: invalid_request (a newer format, no data directory of ours, or
  // one that has lost its metadata, or has some where they should be elsewhere); the file system's.
  [[nodiscard]] static Result<> prepare(FileSystem& files, const std::string& path,
                                        MetadataPlace place = MetadataPlace::here);
  // Whether there is anything where blobs lie in `path`.
  [[nodiscard]] static Result<bool> has_blobs(FileSystem& files, const std::string& path);
  [[nodiscard]] static std::string metadata_path_in(const std::string& path);
  // What Partwise keeps in one beside the blobs: see docs/formats/data-directory.md.
  [[nodiscard]] static std::set<std::string> names();
  // Of the last run, or of the one under way; nothing where there was none. A mark that cannot be
  // understood is that of a run which needs a check.
  [[nodiscard]] static Result<std::optional<RunMark>> read_run_mark(FileSystem& files,
                                                                    const std::string& path);

  // The same for one that must exist, and is only read. Errors: not_found; those of `prepare`.
  [[nodiscard]] static Result<> require(FileSystem& files, const std::string& path);

  // For a backup: makes the directory, which must be new or empty, its owner's alone, and locks it.
  // Until `finish_backup` nothing takes it for a data directory: it is refused in one line. Errors:
  // invalid_request (not empty); overloaded (somebody else is at it); the file system's.
  [[nodiscard]] static Result<std::unique_ptr<FileLock>> begin_backup(FileSystem& files,
                                                                      const std::string& path);
  // Everything is in it, durably: from here on it is a data directory.
  [[nodiscard]] static Result<> finish_backup(FileSystem& files, const std::string& path);

  // For a server: prepares and locks, and begins a run. Errors: overloaded (another process holds
  // the lock); unavailable (it has to be checked first); those of `prepare`. `files` outlives the
  // result.
  [[nodiscard]] static Result<std::unique_ptr<DataDirectory>> open(
      FileSystem& files, const std::string& path, Durability durability,
      MetadataPlace place = MetadataPlace::here);
  // For `fsck`: locks a directory that exists, and begins no run. Errors: not_found; those of
  // `open`, except unavailable.
  [[nodiscard]] static Result<std::unique_ptr<DataDirectory>> open_to_check(
      FileSystem& files, const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string metadata_path() const { return metadata_path_in(path_); }

  // Ends the run: everything it wrote is durable on return. Called when nothing writes any more.
  [[nodiscard]] Result<> mark_clean_stop();
  // Whether the last run may have lost answered writes.
  [[nodiscard]] Result<bool> needs_check() const;
  // The directory was checked and is whole: a server may use it again.
  [[nodiscard]] Result<> mark_checked();

 private:
  DataDirectory(FileSystem& files, std::string path, std::unique_ptr<FileLock> lock);

  [[nodiscard]] Result<> begin_run(Durability durability, MetadataPlace place);
  [[nodiscard]] std::string mark_path() const { return path_ + "/run"; }
  [[nodiscard]] Result<std::optional<RunMark>> read_mark() const {
    return read_run_mark(files_, path_);
  }

  // Constant after construction.
  FileSystem& files_;
  const std::string path_;
  const std::unique_ptr<FileLock> lock_;
  const std::string boot_id_;
};

}  // namespace partwise
