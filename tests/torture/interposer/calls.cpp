// The system calls on files, as the program and SQLite see them: each asks whether it is to fail,
// does what it was asked for, and records it. Loaded by LD_PRELOAD, into the real binary.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <type_traits>

#include "control.hpp"
#include "record.hpp"

namespace partwise::interposer {

namespace {

// The function of that name that would be called without us.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

#define PARTWISE_NEXT(function)                                                               \
  ([]() -> auto* {                                                                            \
    static auto* const found = next<std::remove_pointer_t<decltype(&::function)>>(#function); \
    return found;                                                                             \
  }())

int open_at(int directory, const char* path, int flags, mode_t mode) {
  const Kind kind = kind_of(path);
  const bool is_nameless = (flags & O_TMPFILE) == O_TMPFILE;
  const bool is_new = is_nameless || ((flags & O_CREAT) != 0 && ::access(path, F_OK) != 0);
  if (judge(is_new ? Call::create : Call::open, kind, path) == Verdict::fail) return -1;
  const Recording recording;
  const int descriptor = PARTWISE_NEXT(openat)(directory, path, flags, mode);
  if (descriptor < 0 || kind == Kind::none) return descriptor;
  note_opened(descriptor, kind);
  if (is_new) recording.add(Step::create, is_nameless ? "" : path, nullptr, descriptor);
  if (!is_new && (flags & O_TRUNC) != 0) recording.add(Step::truncate, descriptor, 0);
  return descriptor;
}

mode_t mode_of(int flags, va_list arguments) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(arguments, mode_t) : 0;
}

// How much of a transfer is to be done; nothing where it fails.
bool admit(Call call, int descriptor, std::size_t& count) {
  const Verdict verdict = judge(call, descriptor, count);
  if (verdict == Verdict::shorten) count /= 2;
  return verdict != Verdict::fail;
}

int sync_with(int (*real)(int), int descriptor) {
  if (judge(Call::sync, descriptor) == Verdict::fail) return -1;
  const Recording recording;
  const int result = real(descriptor);
  if (result == 0) recording.add(Step::sync, descriptor);
  return result;
}

int truncate_to(int descriptor, off_t length) {
  if (judge(Call::truncate, descriptor) == Verdict::fail) return -1;
  const Recording recording;
  const int result = PARTWISE_NEXT(ftruncate)(descriptor, length);
  if (result == 0) {
    recording.add(Step::truncate, descriptor, static_cast<std::uint64_t>(length));
  }
  return result;
}

ssize_t write_at(int descriptor, const void* data, std::size_t count, off_t offset) {
  if (!admit(Call::write, descriptor, count)) return -1;
  const Recording recording;
  const ssize_t written = PARTWISE_NEXT(pwrite)(descriptor, data, count, offset);
  if (written > 0) {
    recording.add(Step::write, descriptor, static_cast<std::uint64_t>(offset), data,
                  static_cast<std::size_t>(written));
  }
  return written;
}

ssize_t read_at(int descriptor, void* data, std::size_t count, off_t offset) {
  if (!admit(Call::read, descriptor, count)) return -1;
  return PARTWISE_NEXT(pread)(descriptor, data, count, offset);
}

std::int64_t clock_offset_s() {
  const Control* page = control();
  return page == nullptr ? 0 : page->clock_offset_s.load();
}

}  // namespace

}  // namespace partwise::interposer

using namespace partwise::interposer;

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_at(AT_FDCWD, path, flags, mode);
}

int close(int descriptor) {
  note_closed(descriptor);
  return PARTWISE_NEXT(close)(descriptor);
}

ssize_t pwrite(int descriptor, const void* data, std::size_t count, off_t offset) {
  return write_at(descriptor, data, count, offset);
}

ssize_t pwrite64(int descriptor, const void* data, std::size_t count, off64_t offset) {
  return write_at(descriptor, data, count, offset);
}

ssize_t write(int descriptor, const void* data, std::size_t count) {
  if (kind_of(descriptor) == Kind::none) return PARTWISE_NEXT(write)(descriptor, data, count);
  if (!admit(Call::write, descriptor, count)) return -1;
  const Recording recording;
  const off_t offset = ::lseek(descriptor, 0, SEEK_CUR);
  const ssize_t written = PARTWISE_NEXT(write)(descriptor, data, count);
  if (written > 0) {
    recording.add(Step::write, descriptor, static_cast<std::uint64_t>(offset), data,
                  static_cast<std::size_t>(written));
  }
  return written;
}

ssize_t pread(int descriptor, void* data, std::size_t count, off_t offset) {
  return read_at(descriptor, data, count, offset);
}

ssize_t pread64(int descriptor, void* data, std::size_t count, off64_t offset) {
  return read_at(descriptor, data, count, offset);
}

ssize_t read(int descriptor, void* data, std::size_t count) {
  if (kind_of(descriptor) != Kind::none && !admit(Call::read, descriptor, count)) return -1;
  return PARTWISE_NEXT(read)(descriptor, data, count);
}

// The descriptor of the file decides, and not the socket: a fault of the disk, met while sending.
ssize_t sendfile(int socket, int descriptor, off_t* offset, std::size_t count) {
  if (!admit(Call::send, descriptor, count)) return -1;
  return PARTWISE_NEXT(sendfile)(socket, descriptor, offset, count);
}

int fsync(int descriptor) { return sync_with(PARTWISE_NEXT(fsync), descriptor); }

int fdatasync(int descriptor) { return sync_with(PARTWISE_NEXT(fdatasync), descriptor); }

int sync_file_range(int descriptor, off64_t offset, off64_t count, unsigned flags) {
  if (judge(Call::write_back, descriptor) == Verdict::fail) return -1;
  return PARTWISE_NEXT(sync_file_range)(descriptor, offset, count, flags);
}

int ftruncate(int descriptor, off_t length) noexcept { return truncate_to(descriptor, length); }

int ftruncate64(int descriptor, off64_t length) noexcept { return truncate_to(descriptor, length); }

int linkat(int from_directory, const char* from, int to_directory, const char* to,
           int flags) noexcept {
  if (judge(Call::link, kind_of(to), to) == Verdict::fail) return -1;
  const Recording recording;
  const int result = PARTWISE_NEXT(linkat)(from_directory, from, to_directory, to, flags);
  if (result == 0 && kind_of(to) != Kind::none) {
    struct stat status{};
    int descriptor = -1;
    // The file is linked through its descriptor, and known by that.
    if (std::sscanf(from, "/proc/self/fd/%d", &descriptor) == 1 && ::stat(to, &status) == 0) {
      recording.add(Step::link, to, nullptr, descriptor);
    }
  }
  return result;
}

int unlink(const char* path) noexcept {
  if (judge(Call::unlink, kind_of(path), path) == Verdict::fail) return -1;
  const Recording recording;
  const int result = PARTWISE_NEXT(unlink)(path);
  if (result == 0 && kind_of(path) != Kind::none) recording.add(Step::unlink, path);
  return result;
}

int rename(const char* from, const char* to) noexcept {
  if (judge(Call::rename, kind_of(to), to) == Verdict::fail) return -1;
  const Recording recording;
  const int result = PARTWISE_NEXT(rename)(from, to);
  if (result == 0 && kind_of(to) != Kind::none) recording.add(Step::rename, from, to);
  return result;
}

int mkdir(const char* path, mode_t mode) noexcept {
  if (judge(Call::mkdir, kind_of(path), path) == Verdict::fail) return -1;
  const Recording recording;
  const int result = PARTWISE_NEXT(mkdir)(path, mode);
  if (result == 0 && kind_of(path) != Kind::none) recording.add(Step::mkdir, path);
  return result;
}

int statvfs(const char* path, struct statvfs* status) noexcept {
  if (judge(Call::stat_volume, kind_of(path), path) == Verdict::fail) return -1;
  return PARTWISE_NEXT(statvfs)(path, status);
}

void* mmap64(void* address, std::size_t length, int protection, int flags, int descriptor,
             off64_t offset) noexcept {
  if (descriptor >= 0 && judge(Call::map, descriptor) == Verdict::fail) return MAP_FAILED;
  return PARTWISE_NEXT(mmap64)(address, length, protection, flags, descriptor, offset);
}

int clock_gettime(clockid_t clock, struct timespec* time) noexcept {
  const int result = PARTWISE_NEXT(clock_gettime)(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += clock_offset_s();
  return result;
}

int gettimeofday(struct timeval* time, void* zone) noexcept {
  const int result = PARTWISE_NEXT(gettimeofday)(time, zone);
  if (result == 0) time->tv_sec += clock_offset_s();
  return result;
}

}  // extern "C"
