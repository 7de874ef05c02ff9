#include "disk_vfs.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace partwise::sim {

namespace {

// Made by xOpen in memory of SQLite's, and destroyed by xClose.
struct VfsFile {
  sqlite3_file base;
  DiskVfs* vfs;
  InodePointer* inode;
};

VfsFile* of(sqlite3_file* file) { return reinterpret_cast<VfsFile*>(file); }
Inode& inode_of(sqlite3_file* file) { return **of(file)->inode; }

int close(sqlite3_file* file) {
  delete of(file)->inode;
  of(file)->inode = nullptr;
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  const std::string& content = inode_of(file).now;
  const auto begin = static_cast<std::size_t>(offset);
  const auto wanted = static_cast<std::size_t>(count);
  const std::size_t there = begin < content.size() ? content.size() - begin : 0;
  const std::size_t got = std::min(there, wanted);
  if (got > 0) std::memcpy(out, content.data() + begin, got);
  if (got == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + got, 0, wanted - got);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
  if (!of(file)->vfs->may_change()) return SQLITE_IOERR_WRITE;
  Inode& inode = inode_of(file);
  const auto begin = static_cast<std::size_t>(offset);
  const std::size_t end = begin + static_cast<std::size_t>(count);
  if (end > inode.now.size()) {
    inode.used += end - inode.now.size();
    inode.now.resize(end, '\0');
  }
  std::memcpy(inode.now.data() + begin, data, end - begin);
  for (std::size_t page = begin / Inode::kPageBytes; page * Inode::kPageBytes < end; ++page) {
    inode.dirty.insert(page);
  }
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  Inode& inode = inode_of(file);
  const auto bytes = static_cast<std::size_t>(size);
  if (bytes >= inode.now.size()) return SQLITE_OK;
  inode.used -= inode.now.size() - bytes;
  inode.now.resize(bytes);
  if (inode.durable.size() > bytes) inode.durable.resize(bytes);
  return SQLITE_OK;
}

int sync(sqlite3_file* file, int) {
  if (!of(file)->vfs->may_change()) return SQLITE_IOERR_FSYNC;
  Disk::sync_inode(inode_of(file));
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(inode_of(file).now.size());
  return SQLITE_OK;
}

int no_lock(sqlite3_file*, int) { return SQLITE_OK; }

int map_index(sqlite3_file* file, int region, int bytes, int, void volatile** out) {
  *out = of(file)->vfs->index_region(region, bytes);
  return SQLITE_OK;
}

sqlite3_io_methods all_methods() {
  sqlite3_io_methods all{};
  all.iVersion = 2;  // Without memory mapping.
  all.xClose = close;
  all.xRead = read;
  all.xWrite = write;
  all.xTruncate = truncate;
  all.xSync = sync;
  all.xFileSize = file_size;
  all.xLock = no_lock;
  all.xUnlock = no_lock;
  all.xCheckReservedLock = [](sqlite3_file*, int* out) {
    *out = 0;
    return SQLITE_OK;
  };
  all.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
  all.xSectorSize = [](sqlite3_file*) { return 4096; };
  all.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
  all.xShmMap = map_index;
  all.xShmLock = [](sqlite3_file*, int, int, int) { return SQLITE_OK; };
  all.xShmBarrier = [](sqlite3_file*) {};
  all.xShmUnmap = [](sqlite3_file*, int) { return SQLITE_OK; };
  return all;
}

DiskVfs& self(sqlite3_vfs* vfs) { return *static_cast<DiskVfs*>(vfs->pAppData); }

int open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* out) {
  static const sqlite3_io_methods kMethods = all_methods();
  VfsFile* opened = of(file);
  opened->base.pMethods = nullptr;
  // A temporary file, which the settings keep in memory.
  if (path == nullptr) return SQLITE_CANTOPEN;
  auto inode = self(vfs).inode_at(path, (flags & SQLITE_OPEN_CREATE) != 0);
  if (!inode) return SQLITE_CANTOPEN;
  opened->vfs = &self(vfs);
  opened->inode = new InodePointer(std::move(inode));
  opened->base.pMethods = &kMethods;
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* path, int) {
  self(vfs).remove(path);
  return SQLITE_OK;
}

int exists(sqlite3_vfs* vfs, const char* path, int, int* out) {
  *out = self(vfs).inode_at(path, false) != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int bytes, char* out) {
  if (std::strlen(path) + 1 > static_cast<std::size_t>(bytes)) return SQLITE_CANTOPEN;
  std::strcpy(out, path);
  return SQLITE_OK;
}

int julian_day(sqlite3_vfs* vfs, double* out) {
  *out = 2440587.5 + static_cast<double>(unix_seconds(self(vfs).clock().now())) / 86400.0;
  return SQLITE_OK;
}

// The same in every run.
int random_bytes(sqlite3_vfs*, int bytes, char* out) {
  std::memset(out, 7, static_cast<std::size_t>(bytes));
  return bytes;
}

}  // namespace

DiskVfs::DiskVfs(Disk& disk, const Clock& clock) : disk_(disk), clock_(clock) {
  static std::atomic<int> made = 0;  // Histories run on several threads.
  name_ = "simulated-" + std::to_string(++made);
  vfs_.iVersion = 1;
  vfs_.szOsFile = static_cast<int>(sizeof(VfsFile));
  vfs_.mxPathname = 256;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = open;
  vfs_.xDelete = remove_file;
  vfs_.xAccess = exists;
  vfs_.xFullPathname = full_path;
  vfs_.xRandomness = random_bytes;
  vfs_.xSleep = [](sqlite3_vfs*, int) { return 0; };
  vfs_.xCurrentTime = julian_day;
  vfs_.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
  (void)sqlite3_vfs_register(&vfs_, 0);
}

DiskVfs::~DiskVfs() { (void)sqlite3_vfs_unregister(&vfs_); }

bool DiskVfs::may_change() {
  if (changes_until_failure_ > 0 && --changes_until_failure_ == 0) failing_ = true;
  if (failing_) return false;
  disk_.note_change();
  return true;
}

InodePointer DiskVfs::inode_at(const std::string& path, bool create) {
  if (auto found = disk_.find(path)) return found;
  if (!create) return nullptr;
  auto inode = std::make_shared<Inode>(disk_.metadata_used);
  disk_.name_at(path) = {.durable = inode, .changes = {}};
  return inode;
}

void* DiskVfs::index_region(int number, int bytes) {
  const auto at = static_cast<std::size_t>(number);
  while (index_.size() <= at) {
    index_.push_back(std::make_unique<std::vector<std::byte>>(static_cast<std::size_t>(bytes)));
  }
  return index_[at]->data();
}

void DiskVfs::remove(const std::string& path) {
  const std::size_t end = path.find_last_of('/');
  disk_.directories[path.substr(0, end)].erase(path.substr(end + 1));
}

}  // namespace partwise::sim
