#include "control.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace partwise::interposer {

namespace {

constexpr std::size_t kDescriptorsMax = 65536;
std::array<std::atomic<Kind>, kDescriptorsMax> kinds;

constexpr const char* kNames[] = {"open",       "create", "write",  "read",       "sync",
                                  "link",       "unlink", "rename", "mkdir",      "truncate",
                                  "write_back", "send",   "map",    "stat_volume"};

Control* map_control() {
  // Nobody changes the environment.
  const char* path = std::getenv("PARTWISE_INTERPOSER");  // NOLINT(concurrency-mt-unsafe)
  if (path == nullptr) return nullptr;
  const auto descriptor = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDWR));
  if (descriptor < 0) return nullptr;
  void* page = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  ::syscall(SYS_close, descriptor);
  return page == MAP_FAILED ? nullptr : static_cast<Control*>(page);
}

const char* data_directory() {
  static const char* path =
      std::getenv("PARTWISE_INTERPOSER_DATA");  // NOLINT(concurrency-mt-unsafe)
  return path;
}

void describe(Control& control, Call call, const char* path) {
  std::snprintf(control.first_fault, sizeof control.first_fault, "%s %s",
                kNames[static_cast<std::uint32_t>(call)], path);
}

}  // namespace

Control* control() {
  static Control* const page = map_control();
  return page;
}

Kind kind_of(const char* path) {
  const char* directory = data_directory();
  if (directory == nullptr || path == nullptr) return Kind::none;
  const std::size_t length = std::strlen(directory);
  if (std::strncmp(path, directory, length) != 0 || (path[length] != '/' && path[length] != '\0')) {
    return Kind::none;
  }
  if (std::strstr(path + length, "/metadata.sqlite3") != nullptr) return Kind::metadata;
  if (std::strstr(path + length, "/blobs") != nullptr) return Kind::content;
  if (std::strstr(path + length, "/staging") != nullptr) return Kind::content;
  return Kind::other;
}

Kind kind_of(int descriptor) {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= kDescriptorsMax) return Kind::none;
  return kinds[static_cast<std::size_t>(descriptor)].load();
}

void note_opened(int descriptor, Kind kind) {
  if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= kDescriptorsMax) return;
  kinds[static_cast<std::size_t>(descriptor)] = kind;
}

void note_closed(int descriptor) { note_opened(descriptor, Kind::none); }

Verdict judge(Call call, Kind kind, const char* path, std::uint64_t bytes) {
  Control* page = control();
  if (page == nullptr || kind == Kind::none || page->armed.load() == 0) return Verdict::pass;
  if ((page->calls >> static_cast<std::uint32_t>(call) & 1U) == 0) return Verdict::pass;
  if ((page->files >> static_cast<std::uint32_t>(kind) & 1U) == 0) return Verdict::pass;
  if (page->error == 0 && bytes < 2) return Verdict::pass;  // It cannot be shortened.
  const std::int64_t left = page->to_pass.fetch_sub(1);
  if (left > 0 || (left < 0 && page->stays == 0)) return Verdict::pass;
  if (page->faults.fetch_add(1) == 0) describe(*page, call, path);
  if (page->error == 0) return Verdict::shorten;
  errno = page->error;
  return Verdict::fail;
}

Verdict judge(Call call, int descriptor, std::uint64_t bytes) {
  const Kind kind = kind_of(descriptor);
  if (kind == Kind::none) return Verdict::pass;
  char path[256] = {};
  char link[32];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  if (::readlink(link, path, sizeof path - 1) < 0) path[0] = '\0';
  return judge(call, kind, path, bytes);
}

}  // namespace partwise::interposer
