#include "disk_view.hpp"

#include <algorithm>
#include <cstring>

namespace partwise::sim {

namespace {

std::unexpected<Error> broken(std::string_view verb) {
  return fail(ErrorCode::io_failure, std::string(verb) + " failed (EIO).");
}

class ViewFile final : public File {
 public:
  ViewFile(DiskView& view, InodePointer inode, bool nameless)
      : view_(view), inode_(std::move(inode)), nameless_(nameless) {
    if (nameless_) ++view_.disk().nameless_open;
  }
  ~ViewFile() override {
    if (nameless_) --view_.disk().nameless_open;
  }

  [[nodiscard]] const InodePointer& inode() const { return inode_; }
  void note_linked() {
    if (nameless_) --view_.disk().nameless_open;
    nameless_ = false;
  }

  Result<> write_at(std::uint64_t offset, Bytes bytes) override {
    Disk& disk = view_.disk();
    CHECK(view_.attempt(disk.faults.write_per_mille));
    const std::size_t end = offset + bytes.size();
    const std::size_t growth = end > inode_->now.size() ? end - inode_->now.size() : 0;
    if (disk.used + growth > disk.capacity) {
      return fail(ErrorCode::out_of_space, "write failed (ENOSPC).");
    }
    CHECK(view_.change());
    disk.used += growth;
    if (growth > 0) inode_->now.resize(end, '\0');
    std::memcpy(inode_->now.data() + offset, bytes.data(), bytes.size());
    for (std::size_t page = offset / Inode::kPageBytes; page * Inode::kPageBytes < end; ++page) {
      inode_->dirty.insert(page);
    }
    return {};
  }

  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    CHECK(view_.attempt(view_.disk().faults.read_per_mille));
    if (offset >= inode_->now.size()) return 0;
    const std::size_t count = std::min<std::size_t>(out.size(), inode_->now.size() - offset);
    std::memcpy(out.data(), inode_->now.data() + offset, count);
    return count;
  }

  Result<> write_back(std::uint64_t, std::uint64_t) override {
    return view_.attempt(view_.disk().faults.sync_per_mille / 4);
  }

  Result<> sync_data() override {
    if (view_.mutation() == Mutation::skip_content_sync) return {};
    if (view_.mutation() == Mutation::sync_content_late) {
      view_.postpone([inode = inode_] { Disk::sync_inode(*inode); });
      return {};
    }
    auto synced = sync_once();
    if (!synced && view_.mutation() == Mutation::retry_failed_sync) synced = sync_once();
    return synced;
  }

  Result<std::uint64_t> size() override { return inode_->now.size(); }
  int descriptor() const override { return -1; }

 private:
  Result<> sync_once() {
    Disk& disk = view_.disk();
    CHECK(view_.change());
    if (disk.strikes(disk.faults.sync_per_mille)) {
      disk.fail_sync(*inode_);
      return broken("sync");
    }
    Disk::sync_inode(*inode_);
    return {};
  }

  DiskView& view_;
  const InodePointer inode_;
  bool nameless_;
};

class ViewDirectory final : public Directory {
 public:
  ViewDirectory(DiskView& view, std::string path) : view_(view), path_(std::move(path)) {}
  Result<> sync() override {
    if (view_.mutation() == Mutation::skip_directory_sync) return {};
    CHECK(view_.attempt(view_.disk().faults.name_per_mille));
    CHECK(view_.change());
    view_.disk().sync_names(path_);
    return {};
  }

 private:
  DiskView& view_;
  const std::string path_;
};

}  // namespace

Result<> DiskView::attempt(std::uint64_t per_mille) {
  if (detached_ || disk_.strikes(per_mille)) return broken("the call");
  return {};
}

Result<> DiskView::change() {
  if (changes_left_ > 0 && --changes_left_ == 0) detached_ = true;
  if (detached_) return broken("the call");
  if (changes_until_call_ > 0 && --changes_until_call_ == 0) call_at_change_();
  disk_.note_change();
  return {};
}

Result<std::unique_ptr<File>> DiskView::open_nameless(const std::string&) {
  CHECK(attempt(0));
  if (disk_.strikes(disk_.faults.open_per_mille)) {
    return fail(ErrorCode::overloaded, "open failed (EMFILE).");
  }
  return std::make_unique<ViewFile>(*this, disk_.make_inode(), true);
}

Result<> DiskView::link(File& file, const std::string& path) {
  CHECK(attempt(disk_.faults.name_per_mille));
  auto& opened = static_cast<ViewFile&>(file);
  if (disk_.find(path)) return broken("link (EEXIST)");
  CHECK(change());
  if (!disk_.is_frozen()) disk_.on_link(path);
  disk_.name_at(path).changes.push_back(opened.inode());
  opened.note_linked();
  return {};
}

Result<bool> DiskView::link_existing(const std::string&, const std::string&) {
  return broken("link_existing, which no verb of the server uses, ");
}

Result<std::unique_ptr<File>> DiskView::open_read(const std::string& path) {
  CHECK(attempt(disk_.faults.read_per_mille));
  if (disk_.strikes(disk_.faults.open_per_mille)) {
    return fail(ErrorCode::overloaded, "open failed (EMFILE).");
  }
  auto inode = disk_.find(path);
  if (!inode) return fail(ErrorCode::not_found, path + ": open failed (ENOENT).");
  return std::make_unique<ViewFile>(*this, std::move(inode), false);
}

Result<> DiskView::remove(const std::string& path) {
  CHECK(attempt(disk_.faults.name_per_mille));
  if (!disk_.find(path)) return fail(ErrorCode::not_found, path + ": unlink failed (ENOENT).");
  CHECK(change());
  if (!disk_.is_frozen()) disk_.on_remove(path);
  disk_.name_at(path).changes.push_back(nullptr);
  return {};
}

Result<> DiskView::rename(const std::string&, const std::string&) {
  return broken("rename, which no verb of the server uses, ");
}

Result<bool> DiskView::rename_to_new(const std::string&, const std::string&) {
  return broken("rename_to_new, which no verb of the server uses, ");
}

Result<std::unique_ptr<Directory>> DiskView::open_directory(const std::string& path) {
  CHECK(attempt(0));
  return std::make_unique<ViewDirectory>(*this, path);
}

Result<> DiskView::make_directories(const std::string& path) { return make_directory(path); }

Result<> DiskView::make_directory(const std::string& path) {
  CHECK(attempt(0));
  disk_.directories.try_emplace(path);
  return {};
}

Result<> DiskView::make_private(const std::string&) {
  return broken("make_private, which no verb of the server uses, ");
}

Result<std::string> DiskView::canonical(const std::string&) {
  return broken("canonical, which no verb of the server uses, ");
}

Result<FileStatus> DiskView::examine(const std::string&) {
  return broken("examine, which no verb of the server uses, ");
}

Result<std::vector<DirectoryEntry>> DiskView::list(const std::string& path) {
  CHECK(attempt(0));
  std::vector<DirectoryEntry> entries;
  const auto found = disk_.directories.find(path);
  if (found == disk_.directories.end()) return fail(ErrorCode::not_found, path + ": ENOENT.");
  for (const auto& [text, name] : found->second) {
    if (name.now()) entries.push_back({.name = text, .is_directory = false});
  }
  const std::string prefix = path + "/";
  for (auto entry = disk_.directories.lower_bound(prefix);
       entry != disk_.directories.end() && entry->first.starts_with(prefix); ++entry) {
    const std::string name = entry->first.substr(prefix.size());
    if (name.find('/') == std::string::npos) entries.push_back({name, true});
  }
  return entries;
}

Result<FileStatus> DiskView::resolve(const std::string&) {
  return broken("resolve, which no verb of the server uses, ");
}

Result<std::uint64_t> DiskView::free_bytes(const std::string&) {
  CHECK(attempt(0));
  return disk_.capacity - std::min(disk_.used, disk_.capacity);
}

Result<> DiskView::sync_volume(const std::string&) {
  return broken("sync_volume, which no verb of the server uses, ");
}

Result<> DiskView::write_small(const std::string& path, std::string_view content) {
  CHECK(attempt(disk_.faults.name_per_mille));
  CHECK(change());
  if (!disk_.is_frozen()) disk_.small_files[path] = content;
  return {};
}

Result<std::string> DiskView::read_small(const std::string& path) {
  const auto found = disk_.small_files.find(path);
  if (found != disk_.small_files.end()) return found->second;
  return fail(ErrorCode::not_found, path + ": ENOENT.");
}

Result<std::unique_ptr<FileLock>> DiskView::lock(const std::string&) {
  return broken("lock, which no verb of the server uses, ");
}

Result<std::unique_ptr<FileLock>> DiskView::hold(const std::string&) {
  return broken("hold, which no verb of the server uses, ");
}

Result<bool> DiskView::is_held(const std::string&) {
  if (detached_) return broken("is_held");
  return false;  // Nobody makes backups there.
}

}  // namespace partwise::sim
