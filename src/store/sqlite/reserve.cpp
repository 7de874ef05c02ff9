#include "store/sqlite/reserve.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace partwise::sqlite {

namespace {

// An open file of a VFS.
class VfsFile {
 public:
  VfsFile(sqlite3_vfs& vfs, const std::string& path)
      : memory_((static_cast<std::size_t>(vfs.szOsFile) + sizeof(std::max_align_t) - 1) /
                sizeof(std::max_align_t)) {
    // The type only tells the VFS that nobody locks this file.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_SUPER_JOURNAL;
    open_ = vfs.xOpen(&vfs, path.c_str(), get(), flags, nullptr) == SQLITE_OK;
  }
  ~VfsFile() {
    if (get()->pMethods != nullptr) (void)get()->pMethods->xClose(get());  // Zeros cannot be lost.
  }
  VfsFile(const VfsFile&) = delete;
  VfsFile& operator=(const VfsFile&) = delete;

  [[nodiscard]] bool is_open() const { return open_; }
  [[nodiscard]] sqlite3_file* get() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }

 private:
  std::vector<std::max_align_t> memory_;
  bool open_ = false;
};

}  // namespace

Reserve::Reserve(std::string path, std::uint64_t bytes, const std::string& vfs)
    : vfs_(sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str())),
      path_(std::move(path)),
      bytes_(bytes),
      held_(bytes == 0) {}

bool Reserve::acquire() {
  if (held_) return true;
  held_ = fill();
  if (!held_) remove();
  return held_;
}

bool Reserve::fill() {
  VfsFile file(*vfs_, path_);
  if (!file.is_open()) return false;
  sqlite3_int64 size = 0;
  if (file.get()->pMethods->xFileSize(file.get(), &size) != SQLITE_OK) return false;
  const std::vector<std::byte> zeros(64 * 1024);
  const auto target = static_cast<sqlite3_int64>(bytes_);
  while (size < target) {
    const auto count = static_cast<int>(std::min<sqlite3_int64>(target - size, std::ssize(zeros)));
    if (file.get()->pMethods->xWrite(file.get(), zeros.data(), count, size) != SQLITE_OK)
      return false;
    size += count;
  }
  return true;
}

void Reserve::release() {
  if (bytes_ == 0) return;
  remove();
  held_ = false;
}

void Reserve::remove() { (void)vfs_->xDelete(vfs_, path_.c_str(), 0); }  // Gone already is as good.

}  // namespace partwise::sqlite
