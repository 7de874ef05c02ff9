#include "base/posix_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace partwise {

namespace {

ErrorCode code_of(int errno_value) {
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::out_of_space;
    case ENOENT:
      return ErrorCode::not_found;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return ErrorCode::overloaded;
    default:
      return ErrorCode::io_failure;
  }
}

}  // namespace

Descriptor::~Descriptor() {
  // Data that has to be durable was synced before, and Linux frees the descriptor whatever close
  // says.
  if (number_ >= 0) (void)::close(number_);
}

std::unexpected<Error> fail_with_errno(int errno_value, std::string_view verb,
                                       std::string_view path) {
  return fail(code_of(errno_value), fmt::format("could not {} {}: {}.", verb, path,
                                                std::generic_category().message(errno_value)));
}

Descriptor open_descriptor(const std::string& path, int flags) {
  for (;;) {
    const int number = ::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (number >= 0 || errno != EINTR) return Descriptor(number);
  }
}

PosixFile::PosixFile(Descriptor descriptor, std::string path, bool remove_on_close)
    : descriptor_(std::move(descriptor)),
      path_(std::move(path)),
      remove_on_close_(remove_on_close) {}

PosixFile::~PosixFile() {
  // What cannot be removed now is removed when staging is emptied at the next start.
  if (remove_on_close_) (void)::unlink(path_.c_str());
}

Result<> PosixFile::write_at(std::uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const auto count =
        ::pwrite(descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with_errno(errno, "write", path_);
    // A write that moves nothing and says nothing would loop for ever.
    if (count == 0) return fail_with_errno(EIO, "write", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<std::size_t> PosixFile::read_at(std::uint64_t offset, MutableBytes out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const auto count = ::pread(descriptor(), out.data() + done, out.size() - done,
                               static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_with_errno(errno, "read", path_);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<std::size_t> PosixFile::read_uncached(std::uint64_t offset, MutableBytes out) {
  const int flags = ::fcntl(descriptor(), F_GETFL);
  if (flags < 0 || ::fcntl(descriptor(), F_SETFL, flags | O_DIRECT) != 0) {
    return read_at(offset, out);
  }
  const auto count = ::pread(descriptor(), out.data(), out.size(), static_cast<off_t>(offset));
  const int error = errno;
  if (::fcntl(descriptor(), F_SETFL, flags) != 0) return fail_with_errno(errno, "read", path_);
  const bool is_refused = count < 0 && (error == EINVAL || error == EINTR);
  if (count < 0 && !is_refused) return fail_with_errno(error, "read", path_);
  // What is left can be read directly only from an aligned place. Mostly that is the end.
  const std::size_t done = is_refused ? 0 : static_cast<std::size_t>(count);
  TRY(const std::size_t rest, read_at(offset + done, out.subspan(done)));
  return done + rest;
}

Result<> PosixFile::write_back(std::uint64_t offset, std::uint64_t bytes) {
  constexpr unsigned kWriteAndWait =
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  for (;;) {
    if (::sync_file_range(descriptor(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                          kWriteAndWait) == 0) {
      return {};
    }
    if (errno == EINTR) continue;
    // Write-back ahead of the sync only spreads its work: where there is none, the sync does it
    // all.
    if (errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL) return {};
    return fail_with_errno(errno, "write back", path_);
  }
}

Result<> PosixFile::sync_data() {
  while (::fdatasync(descriptor()) != 0) {
    if (errno != EINTR) return fail_with_errno(errno, "sync", path_);
  }
  return {};
}

Result<std::uint64_t> PosixFile::size() {
  struct stat status{};
  if (::fstat(descriptor(), &status) != 0) return fail_with_errno(errno, "examine", path_);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<> PosixFile::link(const std::string& path) {
  CHECK(remove_on_close_ ? rename_to(path) : link_to(path));
  path_ = path;
  return {};
}

Result<> PosixFile::link_to(const std::string& path) {
  const std::string self = fmt::format("/proc/self/fd/{}", descriptor());
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return fail_with_errno(errno, "link", path);
  }
  return {};
}

Result<> PosixFile::rename_to(const std::string& path) {
  if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    // A file system that cannot promise to replace nothing can still link, which never does.
    const bool unsupported = errno == EINVAL || errno == ENOSYS;
    if (!unsupported || ::link(path_.c_str(), path.c_str()) != 0) {
      return fail_with_errno(errno, "link", path);
    }
    // Should this fail, the second name goes when staging is emptied at the next start.
    (void)::unlink(path_.c_str());
  }
  remove_on_close_ = false;
  return {};
}

}  // namespace partwise
