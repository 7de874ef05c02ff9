#pragma once

// The disk as one run of the server sees it: a FileSystem whose calls fail now and then, and all of
// them once the run is over. Deliberate bugs of the order of steps on a disk are made here.

#include <memory>
#include <string>

#include "base/file_system.hpp"
#include "disk.hpp"
#include "mutation.hpp"
#include "scheduler.hpp"

namespace partwise::sim {

class DiskView final : public FileSystem {
 public:
  // All outlive the view.
  DiskView(Disk& disk, Scheduler& scheduler, Owner owner, Mutation mutation)
      : disk_(disk), scheduler_(scheduler), owner_(owner), mutation_(mutation) {}

  // The run is over: nothing that it still does reaches the disk.
  void detach() { detached_ = true; }
  [[nodiscard]] bool is_detached() const { return detached_; }
  // Detaches before the `n`-th change from now on.
  void detach_before_change(std::uint64_t n) { changes_left_ = n; }
  // Calls `call` at the `n`-th change from now on, when it is made.
  void call_at_change(std::uint64_t n, Call call) {
    changes_until_call_ = n;
    call_at_change_ = std::move(call);
  }
  [[nodiscard]] Disk& disk() { return disk_; }
  [[nodiscard]] Mutation mutation() const { return mutation_; }
  // Fails where the run is over, or where the dice say so.
  [[nodiscard]] Result<> attempt(std::uint64_t per_mille);
  // Before each change: fails where the run ends before it.
  [[nodiscard]] Result<> change();
  // Does it later.
  void postpone(Call call) { scheduler_.act(owner_, "late sync", std::move(call)); }

  [[nodiscard]] Result<std::unique_ptr<File>> open_nameless(const std::string& directory) override;
  [[nodiscard]] Result<> link(File& file, const std::string& path) override;
  [[nodiscard]] Result<bool> link_existing(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<std::unique_ptr<File>> open_read(const std::string& path) override;
  [[nodiscard]] Result<> remove(const std::string& path) override;
  [[nodiscard]] Result<> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<bool> rename_to_new(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override;
  [[nodiscard]] Result<> make_directories(const std::string& path) override;
  [[nodiscard]] Result<> make_directory(const std::string& path) override;
  [[nodiscard]] Result<> make_private(const std::string& directory) override;
  [[nodiscard]] Result<std::string> canonical(const std::string& path) override;
  [[nodiscard]] Result<FileStatus> examine(const std::string& path) override;
  [[nodiscard]] Result<std::vector<DirectoryEntry>> list(const std::string& path) override;
  [[nodiscard]] Result<FileStatus> resolve(const std::string& path) override;
  [[nodiscard]] Result<std::uint64_t> free_bytes(const std::string& path) override;
  [[nodiscard]] Result<> sync_volume(const std::string& path) override;
  [[nodiscard]] Result<> write_small(const std::string& path, std::string_view content) override;
  [[nodiscard]] Result<std::string> read_small(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> hold(const std::string& directory) override;
  [[nodiscard]] Result<bool> is_held(const std::string& directory) override;

 private:
  Disk& disk_;
  Scheduler& scheduler_;
  const Owner owner_;
  const Mutation mutation_;
  bool detached_ = false;
  std::uint64_t changes_left_ = 0;  // 0: it is not going to end by them.
  std::uint64_t changes_until_call_ = 0;
  Call call_at_change_;
};

}  // namespace partwise::sim
