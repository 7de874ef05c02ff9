#pragma once

// SQLite's files on the simulated disk. One connection writes; nobody waits for a lock. The names
// of these files are durable from the start: whether SQLite syncs a directory is not modelled.

#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "disk.hpp"

namespace partwise::sim {

class DiskVfs {
 public:
  // Both outlive it.
  DiskVfs(Disk& disk, const Clock& clock);
  ~DiskVfs();
  DiskVfs(const DiskVfs&) = delete;
  DiskVfs& operator=(const DiskVfs&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  // The `n`-th write or sync from now on fails, and all after it; 0: none does.
  void fail_change(std::uint64_t n) {
    changes_until_failure_ = n;
    failing_ = false;
  }
  // Forgets the index of the log, as the end of the last process does.
  void forget_index() { index_.clear(); }

  // For its files.
  [[nodiscard]] bool may_change();
  [[nodiscard]] InodePointer inode_at(const std::string& path, bool create);
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] void* index_region(int number, int bytes);
  void remove(const std::string& path);

 private:
  Disk& disk_;
  const Clock& clock_;
  std::string name_;
  sqlite3_vfs vfs_{};
  std::uint64_t changes_until_failure_ = 0;
  bool failing_ = false;
  std::vector<std::unique_ptr<std::vector<std::byte>>> index_;
};

}  // namespace partwise::sim
