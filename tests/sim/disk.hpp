#pragma once

// A disk as it behaves when the power goes: what was not synced is lost, kept or torn, page by
// page; names that were given or taken and not followed by a sync of their directory are as they
// were, or as they are, each for itself. A sync that fails drops what it could not write, and the
// next one succeeds. Directories themselves are never lost: that is not modelled.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "dice.hpp"

namespace partwise::sim {

// A file's content: as processes see it, and as the platter has it.
struct Inode {
  explicit Inode(std::uint64_t& used_bytes) : used(used_bytes) {}
  ~Inode() { used -= now.size(); }
  Inode(const Inode&) = delete;
  Inode& operator=(const Inode&) = delete;

  static constexpr std::size_t kPageBytes = 256;
  std::string now;
  std::string durable;
  std::set<std::size_t> dirty;  // Pages that no sync has written.
  std::uint64_t& used;          // Of the disk.
};
using InodePointer = std::shared_ptr<Inode>;

// How a machine can end.
enum class Ending { kill, power_loss };

struct DiskFaults {
  // In so many of a thousand calls of these kinds.
  std::uint64_t write_per_mille = 0;
  std::uint64_t sync_per_mille = 0;
  std::uint64_t name_per_mille = 0;  // Link, remove, sync of a directory.
  std::uint64_t read_per_mille = 0;
  std::uint64_t open_per_mille = 0;  // Too many open files.
};

class Disk {
 public:
  struct Name {
    InodePointer durable;               // Null: no such name.
    std::vector<InodePointer> changes;  // Since the directory was synced; the last is in force.
    [[nodiscard]] const InodePointer& now() const {
      return changes.empty() ? durable : changes.back();
    }
  };
  using Names = std::map<std::string, Name>;  // Of one directory.

  Disk(Dice& dice, std::uint64_t capacity_bytes) : capacity(capacity_bytes), dice_(dice) {}
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // The state after `ending`, as of this moment. What happens after it, up to `end`, never was.
  void freeze(Ending ending);
  [[nodiscard]] bool is_frozen() const { return frozen_.has_value(); }
  // Freezes before the `n`-th change from now on.
  void freeze_before_change(std::uint64_t n, Ending ending);
  // The machine comes up with what was frozen.
  void end();

  // What lies under the path; null where nothing does.
  [[nodiscard]] InodePointer find(const std::string& path) const;
  // The same, if the power went now and the disk was in its worst mood: null where the name might
  // be lost, or a page of the content.
  [[nodiscard]] InodePointer find_durable(const std::string& path) const;
  // Paths of all files.
  [[nodiscard]] std::vector<std::string> paths() const;

  // For DiskView.
  void note_change();
  [[nodiscard]] bool strikes(std::uint64_t per_mille) { return dice_.chance(per_mille); }
  [[nodiscard]] InodePointer make_inode() { return std::make_shared<Inode>(used); }
  [[nodiscard]] Name& name_at(const std::string& path);
  void sync_names(const std::string& directory);
  void fail_sync(Inode& inode);
  static void sync_inode(Inode& inode);

  std::uint64_t capacity;
  std::uint64_t used = 0;
  std::uint64_t metadata_used = 0;  // Counted apart: a full disk is one full of blobs.
  DiskFaults faults;
  std::map<std::string, Names> directories;
  // Written and read as a whole, atomic and durable, by path.
  std::map<std::string, std::string> small_files;
  int nameless_open = 0;  // Files that are open and have no name.
  // Called for a name that is given, and for one that is taken, when it happens.
  std::function<void(const std::string& path)> on_link = [](const std::string&) {};
  std::function<void(const std::string& path)> on_remove = [](const std::string&) {};

 private:
  using Image = std::map<std::string, Names>;
  [[nodiscard]] InodePointer survivor_of(const Name& name, Ending ending);
  [[nodiscard]] std::string content_after_power_loss(const Inode& inode);

  Dice& dice_;
  std::optional<Image> frozen_;
  std::uint64_t changes_until_freeze_ = 0;  // 0: none is planned.
  Ending planned_ending_ = Ending::kill;
};

}  // namespace partwise::sim
