#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "base/posix_file.hpp"

namespace partwise {

namespace {

constexpr std::size_t kSmallFileBytesMax = kMiB;
constexpr mode_t kDirectoryMode = S_IRWXU;

Result<> sync_descriptor(const Descriptor& descriptor, const std::string& path) {
  while (::fsync(descriptor.number()) != 0) {
    if (errno != EINTR) return fail_with_errno(errno, "sync", path);
  }
  return {};
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
  [[nodiscard]] Result<> sync() override { return sync_descriptor(descriptor_, path_); }

 private:
  const Descriptor descriptor_;
  const std::string path_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  const Descriptor descriptor_;
};

// Closes the stream that opendir gave.
struct CloseListing {
  void operator()(DIR* listing) const { (void)::closedir(listing); }
};

// Frees the text that realpath gave.
struct FreeText {
  void operator()(char* text) const { std::free(text); }
};

bool is_directory(DIR* listing, const dirent& entry) {
  // Some file systems do not keep the type in the entry.
  if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
  struct stat status{};
  return ::fstatat(::dirfd(listing), entry.d_name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

FileStatus status_of(const struct stat& status) {
  FileStatus found{.volume = status.st_dev, .number = status.st_ino};
  if (S_ISDIR(status.st_mode)) found.kind = FileStatus::Kind::directory;
  if (S_ISREG(status.st_mode)) {
    found.kind = FileStatus::Kind::file;
    found.bytes = static_cast<std::uint64_t>(status.st_size);
  }
  return found;
}

class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(NamelessFiles nameless_files) : nameless_files_(nameless_files) {}

  [[nodiscard]] Result<std::unique_ptr<File>> open_nameless(const std::string& directory) override {
    if (nameless_files_ == NamelessFiles::never) return open_uniquely_named(directory);
    auto descriptor = open_descriptor(directory, O_TMPFILE | O_RDWR);
    if (descriptor.is_open()) {
      return std::make_unique<PosixFile>(std::move(descriptor), "a new file in " + directory,
                                         false);
    }
    // Kernels and file systems without it each say so in their own way.
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
      return fail_with_errno(errno, "make a file in", directory);
    }
    return open_uniquely_named(directory);
  }

  [[nodiscard]] Result<> link(File& file, const std::string& path) override {
    // Every File that this file system opens is one.
    return static_cast<PosixFile&>(file).link(path);
  }

  [[nodiscard]] Result<bool> link_existing(const std::string& from,
                                           const std::string& to) override {
    // A second name of a link would depend on what the first one leads to.
    if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
    // EPERM: no links here, or the kernel protects those of other users.
    for (const int unable : {EXDEV, EPERM, EMLINK, EOPNOTSUPP}) {
      if (errno == unable) return false;
    }
    return fail_with_errno(errno, "link", to);
  }

  [[nodiscard]] Result<std::unique_ptr<File>> open_read(const std::string& path) override {
    TRY(auto descriptor, open_to_read(path));
    struct stat status{};
    if (::fstat(descriptor.number(), &status) != 0) return fail_with_errno(errno, "examine", path);
    if (!S_ISREG(status.st_mode)) {
      return fail(ErrorCode::io_failure, fmt::format("could not open {}: it is no file.", path));
    }
    return std::make_unique<PosixFile>(std::move(descriptor), path, false);
  }

  [[nodiscard]] Result<> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return fail_with_errno(errno, "remove", path);
    return {};
  }

  [[nodiscard]] Result<> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return fail_with_errno(errno, "rename", from);
    return {};
  }

  [[nodiscard]] Result<bool> rename_to_new(const std::string& from,
                                           const std::string& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
      return true;
    }
    if (errno == EEXIST) return false;
    // A file system that cannot promise it. Whoever else might take the name is locked out.
    struct stat status{};
    if (errno == EINVAL || errno == ENOSYS) {
      if (::lstat(to.c_str(), &status) == 0) return false;
      if (::rename(from.c_str(), to.c_str()) == 0) return true;
    }
    return fail_with_errno(errno, "rename", from);
  }

  [[nodiscard]] Result<std::unique_ptr<Directory>> open_directory(
      const std::string& path) override {
    auto descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
    if (!descriptor.is_open()) return fail_with_errno(errno, "open", path);
    return std::make_unique<PosixDirectory>(std::move(descriptor), path);
  }

  [[nodiscard]] Result<> make_directories(const std::string& path) override {
    if (::mkdir(path.c_str(), kDirectoryMode) != 0) {
      if (errno == EEXIST) return require_directory(path);
      const std::string parent = parent_of(path);
      if (errno != ENOENT || parent == path) return fail_with_errno(errno, "make", path);
      CHECK(make_directories(parent));
      CHECK(make_directory(path));
    }
    TRY(const auto parent, open_directory(parent_of(path)));
    return parent->sync();
  }

  [[nodiscard]] Result<> make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), kDirectoryMode) == 0) return {};
    if (errno == EEXIST) return require_directory(path);
    return fail_with_errno(errno, "make", path);
  }

  [[nodiscard]] Result<> make_private(const std::string& directory) override {
    if (::chmod(directory.c_str(), kDirectoryMode) == 0) return {};
    if (errno == EPERM || errno == EOPNOTSUPP) return {};
    return fail_with_errno(errno, "make private", directory);
  }

  [[nodiscard]] Result<std::string> canonical(const std::string& path) override {
    const std::unique_ptr<char, FreeText> found(::realpath(path.c_str(), nullptr));
    if (!found) return fail_with_errno(errno, "find", path);
    return std::string(found.get());
  }

  [[nodiscard]] Result<FileStatus> examine(const std::string& path) override {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) return fail_with_errno(errno, "examine", path);
    return status_of(status);
  }

  [[nodiscard]] Result<FileStatus> resolve(const std::string& path) override {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return fail_with_errno(errno, "examine", path);
    return status_of(status);
  }

  [[nodiscard]] Result<std::vector<DirectoryEntry>> list(const std::string& path) override {
    const std::unique_ptr<DIR, CloseListing> listing(::opendir(path.c_str()));
    if (!listing) return fail_with_errno(errno, "list", path);
    std::vector<DirectoryEntry> entries;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(listing.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      entries.push_back(
          {.name = std::string(name), .is_directory = is_directory(listing.get(), *entry)});
    }
    if (errno != 0) return fail_with_errno(errno, "list", path);
    return entries;
  }

  [[nodiscard]] Result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs status{};
    while (::statvfs(path.c_str(), &status) != 0) {
      if (errno != EINTR) return fail_with_errno(errno, "examine", path);
    }
    return std::uint64_t{status.f_bavail} * status.f_frsize;
  }

  [[nodiscard]] Result<> sync_volume(const std::string& path) override {
    const auto descriptor = open_descriptor(path, O_RDONLY);
    if (!descriptor.is_open()) return fail_with_errno(errno, "open", path);
    if (::syncfs(descriptor.number()) != 0) return fail_with_errno(errno, "sync", path);
    return {};
  }

  [[nodiscard]] Result<> write_small(const std::string& path, std::string_view content) override {
    // The new content has a fixed name before it has its own, so that a crash leaves at most one.
    const std::lock_guard lock(write_small_mutex_);
    const std::string fresh = path + ".new";
    if (auto written = write_durably(fresh, content); !written) {
      (void)::unlink(fresh.c_str());  // The first error is the one to tell.
      return written;
    }
    CHECK(rename(fresh, path));
    TRY(const auto directory, open_directory(parent_of(path)));
    return directory->sync();
  }

  [[nodiscard]] Result<std::string> read_small(const std::string& path) override {
    TRY(auto descriptor, open_to_read(path));
    PosixFile file(std::move(descriptor), path, false);
    // Files of /proc say that their size is zero, so the content is asked for and not the size.
    std::string content(kSmallFileBytesMax + 1, '\0');
    TRY(const std::size_t bytes, file.read_at(0, std::as_writable_bytes(std::span(content))));
    if (bytes > kSmallFileBytesMax) return fail_with_errno(EFBIG, "read", path);
    content.resize(bytes);
    return content;
  }

  [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    auto descriptor = open_descriptor(path, O_RDWR | O_CREAT);
    if (!descriptor.is_open()) return fail_with_errno(errno, "open", path);
    while (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        return fail(ErrorCode::overloaded, fmt::format("{} is locked by another process.", path));
      }
      if (errno != EINTR) return fail_with_errno(errno, "lock", path);
    }
    return std::make_unique<PosixFileLock>(std::move(descriptor));
  }

  [[nodiscard]] Result<std::unique_ptr<FileLock>> hold(const std::string& directory) override {
    auto descriptor = open_descriptor(directory, O_RDONLY | O_DIRECTORY);
    if (!descriptor.is_open()) return fail_with_errno(errno, "open", directory);
    while (::flock(descriptor.number(), LOCK_SH | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        return fail(ErrorCode::overloaded,
                    fmt::format("{} is locked by another process.", directory));
      }
      if (errno != EINTR) return fail_with_errno(errno, "hold", directory);
    }
    return std::make_unique<PosixFileLock>(std::move(descriptor));
  }

  [[nodiscard]] Result<bool> is_held(const std::string& directory) override {
    const auto descriptor = open_descriptor(directory, O_RDONLY | O_DIRECTORY);
    if (!descriptor.is_open()) return fail_with_errno(errno, "open", directory);
    while (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return true;
      if (errno != EINTR) return fail_with_errno(errno, "hold", directory);
    }
    return false;
  }

 private:
  static Result<std::unique_ptr<File>> open_uniquely_named(const std::string& directory) {
    std::uint64_t unique = 0;
    if (::getrandom(&unique, sizeof unique, 0) != static_cast<ssize_t>(sizeof unique)) {
      return fail_with_errno(EIO, "make a name in", directory);
    }
    std::string path = fmt::format("{}/{}{:016x}", directory, kNamedStagingPrefix, unique);
    auto descriptor = open_descriptor(path, O_RDWR | O_CREAT | O_EXCL);
    if (!descriptor.is_open()) return fail_with_errno(errno, "make", path);
    return std::make_unique<PosixFile>(std::move(descriptor), std::move(path), true);
  }

  // Whatever has the name, without waiting for it: to open a pipe would wait for its other end.
  static Result<Descriptor> open_to_read(const std::string& path) {
    auto descriptor = open_descriptor(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (descriptor.is_open()) return descriptor;
    const int error = errno;
    struct stat status{};
    if (error == ENOENT && ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) {
      return fail(ErrorCode::io_failure,
                  fmt::format("could not open {}: it is a link to nowhere.", path));
    }
    return fail_with_errno(error, "open", path);
  }

  static Result<> require_directory(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return fail_with_errno(errno, "examine", path);
    if (!S_ISDIR(status.st_mode)) return fail_with_errno(ENOTDIR, "make", path);
    return {};
  }

  static Result<> write_durably(const std::string& path, std::string_view content) {
    auto descriptor = open_descriptor(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!descriptor.is_open()) return fail_with_errno(errno, "make", path);
    PosixFile file(std::move(descriptor), path, false);
    CHECK(file.write_at(0, as_bytes(content)));
    return file.sync_data();
  }

  // Constant after construction.
  const NamelessFiles nameless_files_;
  std::mutex write_small_mutex_;
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system(NamelessFiles nameless_files) {
  return std::make_unique<PosixFileSystem>(nameless_files);
}

}  // namespace partwise
