#pragma once

// SQLite's file system with faults on demand: syncs that fail or are left out, and a volume of
// limited size. Everything that is not at fault goes to the system's own VFS.

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace partwise::test {

// Registered from construction to destruction; outlives every connection that uses it. Thread-safe.
class FaultyVfs {
 public:
  explicit FaultyVfs(std::string name) : name_(std::move(name)), real_(sqlite3_vfs_find(nullptr)) {
    vfs_ = *real_;
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    vfs_.xSleep = sleep;
    (void)sqlite3_vfs_register(&vfs_, 0);
  }
  ~FaultyVfs() { (void)sqlite3_vfs_unregister(&vfs_); }
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }

  // Every sync fails from now on.
  void fail_syncs(bool fail = true) { syncs_fail_ = fail; }
  // Syncs succeed without being done: for tests that lose no power.
  void skip_syncs() { syncs_skipped_ = true; }
  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }
  // Every connection uses it that names no other, until its end.
  void make_default() { (void)sqlite3_vfs_register(&vfs_, 1); }
  // Called before each sync, with the path of the file; before any connection is opened.
  void on_sync(std::function<void(std::string_view)> told) { on_sync_ = std::move(told); }
  // Whether a file was written since its last sync.
  [[nodiscard]] bool is_unsynced(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return unsynced_.contains(path);
  }
  // How often somebody waited for a lock that another has.
  [[nodiscard]] std::uint64_t waits() const { return waits_; }

  // The sizes of all files together, the log's index included, may not grow beyond this; it may be
  // less than they have now.
  void set_capacity(std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    capacity_ = bytes;
  }
  [[nodiscard]] std::int64_t used() const {
    const std::lock_guard lock(mutex_);
    return used_;
  }

 private:
  struct File {
    sqlite3_file base;
    FaultyVfs* vfs;
    const char* path;  // SQLite keeps it as long as the file is open.
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static File* of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return of(file)->real(); }
  static const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }

  static int open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags,
                  int* out) {
    auto* self = static_cast<FaultyVfs*>(vfs->pAppData);
    auto* opened = of(file);
    opened->base.pMethods = nullptr;
    opened->vfs = self;
    opened->path = path;
    const int code = self->real_->xOpen(self->real_, path, opened->real(), flags, out);
    if (code != SQLITE_OK) return code;
    static const sqlite3_io_methods kMethods = all_methods();
    opened->base.pMethods = &kMethods;
    sqlite3_int64 size = 0;
    if (path != nullptr && methods(file).xFileSize(real(file), &size) == SQLITE_OK) {
      self->note_size(path, size);
    }
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int sync_directory) {
    auto* self = static_cast<FaultyVfs*>(vfs->pAppData);
    const int code = self->real_->xDelete(self->real_, path, sync_directory);
    if (code == SQLITE_OK) self->note_size(path, 0);
    return code;
  }

  static int sleep(sqlite3_vfs* vfs, int microseconds) {
    auto* self = static_cast<FaultyVfs*>(vfs->pAppData);
    ++self->waits_;
    return self->real_->xSleep(self->real_, microseconds);
  }

  static int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
    FaultyVfs& self = *of(file)->vfs;
    if (!self.grow(of(file)->path, offset + count)) return SQLITE_FULL;
    self.note_written(of(file)->path);
    return methods(file).xWrite(real(file), data, count, offset);
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const int code = methods(file).xTruncate(real(file), size);
    if (code == SQLITE_OK && of(file)->path != nullptr)
      of(file)->vfs->note_size(of(file)->path, size);
    return code;
  }

  static int sync(sqlite3_file* file, int flags) {
    FaultyVfs& self = *of(file)->vfs;
    ++self.syncs_;
    if (self.on_sync_) self.on_sync_(of(file)->path);
    if (self.syncs_fail_) return SQLITE_IOERR_FSYNC;
    self.note_synced(of(file)->path);
    return self.syncs_skipped_ ? SQLITE_OK : methods(file).xSync(real(file), flags);
  }

  static int map_index(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    const std::string path = std::string(of(file)->path) + "-shm";
    const std::int64_t end = (std::int64_t{page} + 1) * size;
    if (extend != 0 && !of(file)->vfs->grow(path.c_str(), end)) return SQLITE_IOERR_SHMSIZE;
    return methods(file).xShmMap(real(file), page, size, extend, out);
  }

  static int unmap_index(sqlite3_file* file, int remove_file) {
    // The last connection's index is empty again when the file is opened next.
    of(file)->vfs->note_size((std::string(of(file)->path) + "-shm").c_str(), 0);
    return methods(file).xShmUnmap(real(file), remove_file);
  }

  static sqlite3_io_methods all_methods() {
    sqlite3_io_methods all{};
    all.iVersion = 2;  // Without memory mapping.
    all.xClose = [](sqlite3_file* f) { return methods(f).xClose(real(f)); };
    all.xRead = [](sqlite3_file* f, void* out, int count, sqlite3_int64 offset) {
      return methods(f).xRead(real(f), out, count, offset);
    };
    all.xWrite = write;
    all.xTruncate = truncate;
    all.xSync = sync;
    all.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return methods(f).xFileSize(real(f), size);
    };
    all.xLock = [](sqlite3_file* f, int level) { return methods(f).xLock(real(f), level); };
    all.xUnlock = [](sqlite3_file* f, int level) { return methods(f).xUnlock(real(f), level); };
    all.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return methods(f).xCheckReservedLock(real(f), out);
    };
    all.xFileControl = [](sqlite3_file* f, int operation, void* argument) {
      return methods(f).xFileControl(real(f), operation, argument);
    };
    all.xSectorSize = [](sqlite3_file* f) { return methods(f).xSectorSize(real(f)); };
    all.xDeviceCharacteristics = [](sqlite3_file* f) {
      return methods(f).xDeviceCharacteristics(real(f));
    };
    all.xShmMap = map_index;
    all.xShmLock = [](sqlite3_file* f, int offset, int count, int flags) {
      return methods(f).xShmLock(real(f), offset, count, flags);
    };
    all.xShmBarrier = [](sqlite3_file* f) { methods(f).xShmBarrier(real(f)); };
    all.xShmUnmap = unmap_index;
    return all;
  }

  void note_size(const char* path, std::int64_t size) {
    const std::lock_guard lock(mutex_);
    std::int64_t& known = sizes_[path];
    used_ += size - known;
    known = size;
  }

  void note_written(const char* path) {
    const std::lock_guard lock(mutex_);
    if (path != nullptr) unsynced_.insert(path);
  }
  void note_synced(const char* path) {
    const std::lock_guard lock(mutex_);
    unsynced_.erase(path);
  }

  [[nodiscard]] bool grow(const char* path, std::int64_t end) {
    if (path == nullptr) return true;
    const std::lock_guard lock(mutex_);
    std::int64_t& known = sizes_[path];
    if (end <= known) return true;
    if (used_ + end - known > capacity_) return false;
    used_ += end - known;
    known = end;
    return true;
  }

  // Constant after construction.
  std::string name_;
  sqlite3_vfs* real_;
  sqlite3_vfs vfs_{};
  std::function<void(std::string_view)> on_sync_;
  std::atomic<bool> syncs_fail_ = false;
  std::atomic<bool> syncs_skipped_ = false;
  std::atomic<std::uint64_t> syncs_ = 0;
  std::atomic<std::uint64_t> waits_ = 0;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::string, std::int64_t> sizes_;
  std::set<std::string> unsynced_;
  std::int64_t used_ = 0;
  std::int64_t capacity_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace partwise::test
