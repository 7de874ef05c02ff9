#pragma once

// The seam to the file system: no other file of Partwise calls its API, and the simulator and the
// fault tests put their own behind it. All calls block and belong on a WorkerPool, closing a File
// included.
//
// Errors of every verb: out_of_space (ENOSPC, EDQUOT), not_found (ENOENT), overloaded (EMFILE,
// ENFILE, ENOMEM), io_failure for everything else. EINTR and short transfers are dealt with inside.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace partwise {

// An open file. One thread at a time, any thread; but write_back may run beside write_at. The
// destructor closes it, and frees its blocks where it has no name.
class File {
 public:
  virtual ~File() = default;
  // Writes all of `bytes` at `offset`.
  [[nodiscard]] virtual Result<> write_at(std::uint64_t offset, Bytes bytes) = 0;
  // Reads up to `out.size()` bytes; fewer only at the end of the file.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) = 0;
  // The same from the disk itself, where the file system can do that and `offset` and `out` are
  // aligned to 4 KiB: what is cached is not trusted, and what is not cached stays so. Else read_at.
  [[nodiscard]] virtual Result<std::size_t> read_uncached(std::uint64_t offset, MutableBytes out) {
    return read_at(offset, out);
  }
  // Starts the write-back of a range and waits for it. Promises nothing about durability.
  [[nodiscard]] virtual Result<> write_back(std::uint64_t offset, std::uint64_t bytes) = 0;
  // Content and size are durable on return. After an error the content is lost: never call it
  // again.
  [[nodiscard]] virtual Result<> sync_data() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
  // For sendfile; -1 where there is no such thing.
  [[nodiscard]] virtual int descriptor() const = 0;
};

// An open directory, kept so that its entries can be made durable.
class Directory {
 public:
  virtual ~Directory() = default;
  // Entries linked and removed before this call are durable on return. Thread-safe.
  [[nodiscard]] virtual Result<> sync() = 0;
};

// An exclusive lock that ends with the process.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;  // Or a link to one: every path goes through it.
};

// What is known of something without opening it.
struct FileStatus {
  // `other`: a link, a pipe, a device.
  enum class Kind : std::uint8_t { file, directory, other };
  Kind kind = Kind::other;
  std::uint64_t bytes = 0;   // Of a file, else 0.
  std::uint64_t volume = 0;  // These two name it, whatever names it was found by.
  std::uint64_t number = 0;

  [[nodiscard]] bool is_file() const { return kind == Kind::file; }
  [[nodiscard]] bool is_same(const FileStatus& status) const {
    return volume == status.volume && number == status.number;
  }
};

// Paths are UTF-8 and made by us: nothing that a client sent is ever part of one. Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // A new file without a name in `directory`'s file system, open for reading and writing.
  // Where the file system has no such thing: a file with a unique name in `directory`, which `link`
  // renames.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open_nameless(
      const std::string& directory) = 0;
  // Gives a file of open_nameless its name, which must not exist yet. Durable after
  // Directory::sync.
  [[nodiscard]] virtual Result<> link(File& file, const std::string& path) = 0;
  // Gives the file `from`, or the one that a link of this name leads to, a second name `to`, which
  // must not exist yet. Durable after Directory::sync. False, and nothing done, where the two
  // cannot share a file: another file system, one without links, a file that has too many or is
  // somebody else's.
  [[nodiscard]] virtual Result<bool> link_existing(const std::string& from,
                                                   const std::string& to) = 0;
  // io_failure where the name is there and leads to no file, but to a directory, to a pipe, for
  // which it does not wait, or by a link to nowhere.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open_read(const std::string& path) = 0;
  // Removes a file. not_found where it was gone already.
  [[nodiscard]] virtual Result<> remove(const std::string& path) = 0;
  // Replaces `to` where it exists.
  [[nodiscard]] virtual Result<> rename(const std::string& from, const std::string& to) = 0;
  // Replaces nothing: false, and nothing done, where something has the name `to`. Durable after
  // Directory::sync of both parents.
  [[nodiscard]] virtual Result<bool> rename_to_new(const std::string& from,
                                                   const std::string& to) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Directory>> open_directory(
      const std::string& path) = 0;
  // Makes the directory and its parents, mode 0700, and syncs each one it made into its parent.
  [[nodiscard]] virtual Result<> make_directories(const std::string& path) = 0;
  // Makes one directory, mode 0700, in one that exists; fine where it is there already. Durable
  // after Directory::sync of the parent: many are made for the price of one sync.
  [[nodiscard]] virtual Result<> make_directory(const std::string& path) = 0;
  // Gives a directory that exists the mode 0700. Nothing is done, and that is no error, where it
  // belongs to somebody else or its file system has no modes.
  [[nodiscard]] virtual Result<> make_private(const std::string& directory) = 0;
  // The absolute path of something that exists, without links and dots.
  [[nodiscard]] virtual Result<std::string> canonical(const std::string& path) = 0;
  // Of what has this name, which may be a link. Neither this nor `resolve` ever waits.
  [[nodiscard]] virtual Result<FileStatus> examine(const std::string& path) = 0;
  // Of what `path` leads to, be it through links.
  [[nodiscard]] virtual Result<FileStatus> resolve(const std::string& path) = 0;
  // Every entry but . and .., in no order.
  [[nodiscard]] virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) = 0;
  // Bytes that an ordinary process may still allocate on the volume of `path`.
  [[nodiscard]] virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
  // Everything written so far to the volume of `path` is durable on return. Slow: for the end of a
  // run.
  [[nodiscard]] virtual Result<> sync_volume(const std::string& path) = 0;
  // Small files only. Replaces `path` atomically and durably, mode 0600.
  [[nodiscard]] virtual Result<> write_small(const std::string& path, std::string_view content) = 0;
  [[nodiscard]] virtual Result<std::string> read_small(const std::string& path) = 0;
  // Error: overloaded when another process holds it. Creates the file.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
  // A shared lock on a directory that exists: it takes no file, so a full volume and a foreign
  // owner do not hinder it. Several may hold one directory. `lock` knows nothing of it. Error:
  // overloaded where somebody has it for himself at this moment, as those do who ask `is_held`.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> hold(const std::string& directory) = 0;
  // Whether anybody holds `directory` at this moment.
  [[nodiscard]] virtual Result<bool> is_held(const std::string& directory) = 0;
};

// How the files begin that open_nameless makes where the file system cannot make one without a
// name.
inline constexpr std::string_view kNamedStagingPrefix = "staged-";

// Whether open_nameless asks the file system for files without a name, or goes without: for tests.
enum class NamelessFiles { if_supported, never };

// The real one.
[[nodiscard]] std::unique_ptr<FileSystem> make_posix_file_system(
    NamelessFiles nameless_files = NamelessFiles::if_supported);

}  // namespace partwise
