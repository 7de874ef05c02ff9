#include "record.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

#include "control.hpp"

namespace partwise::interposer {

namespace {

std::mutex& order() {
  static std::mutex mutex;
  return mutex;
}

int record_descriptor() {
  static const int descriptor = [] {
    // Nobody changes the environment.
    const char* path = std::getenv("PARTWISE_INTERPOSER_RECORD");  // NOLINT(concurrency-mt-unsafe)
    if (path == nullptr || control() == nullptr) return -1;
    return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC));
  }();
  return descriptor;
}

// Not through ::write, which is ours.
void put(const void* data, std::size_t bytes) {
  const auto* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const auto count = ::syscall(SYS_write, record_descriptor(), next, bytes);
    if (count <= 0) std::abort();  // A record with a hole would prove nothing.
    next += count;
    bytes -= static_cast<std::size_t>(count);
  }
}

std::uint64_t inode_of(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

void put_step(StepHeader header, const std::string& path, const void* data) {
  const int saved_errno = errno;
  header.path_bytes = static_cast<std::uint32_t>(path.size());
  put(&header, sizeof header);
  put(path.data(), path.size());
  if (data != nullptr) put(data, header.data_bytes);
  control()->recorded.fetch_add(1);
  errno = saved_errno;
}

}  // namespace

Recording::Recording() : active_(record_descriptor() >= 0) {
  if (active_) order().lock();
}

Recording::~Recording() {
  if (active_) order().unlock();
}

void Recording::add(Step step, int descriptor, std::uint64_t offset, const void* data,
                    std::size_t bytes) const {
  if (!active_ || kind_of(descriptor) == Kind::none) return;
  put_step({.step = step,
            .path_bytes = 0,
            .inode = inode_of(descriptor),
            .offset = offset,
            .data_bytes = bytes},
           {}, data);
}

void Recording::add(Step step, const char* path, const char* second_path, int descriptor) const {
  if (!active_) return;
  std::string paths = path;
  if (second_path != nullptr) paths.append(1, '\0').append(second_path);
  put_step({.step = step,
            .path_bytes = 0,
            .inode = descriptor < 0 ? 0 : inode_of(descriptor),
            .offset = 0,
            .data_bytes = 0},
           paths, nullptr);
}

}  // namespace partwise::interposer
