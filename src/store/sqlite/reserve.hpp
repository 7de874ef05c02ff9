#pragma once

// Disk space that is kept for hard times: a file of zeros beside the database. When the volume is
// full it is given back, so that a cancel, a delete or a sweep can still be committed; nothing that
// takes space is served until it could be filled again.

#include <sqlite3.h>

#include <cstdint>
#include <string>

namespace partwise::sqlite {

// Used by the writer's thread. Goes through the same sqlite3_vfs as the database.
class Reserve {
 public:
  // The file stays on the volume between runs. `bytes` 0: there is no reserve, and it counts as
  // held.
  Reserve(std::string path, std::uint64_t bytes, const std::string& vfs);

  [[nodiscard]] bool held() const { return held_; }
  // Fills the file where it is not full yet. False, and no file is left, where the volume has no
  // room.
  [[nodiscard]] bool acquire();
  void release();

 private:
  [[nodiscard]] bool fill();
  void remove();

  // Constant after construction.
  sqlite3_vfs* vfs_;
  std::string path_;
  std::uint64_t bytes_;
  // Of the writer's thread.
  bool held_ = false;
};

}  // namespace partwise::sqlite
