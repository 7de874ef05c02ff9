#include "disk.hpp"

#include <algorithm>

namespace partwise::sim {

namespace {

std::string directory_of(const std::string& path) { return path.substr(0, path.find_last_of('/')); }
std::string name_of(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

void write_page(Inode& inode, std::size_t page, std::size_t bytes) {
  const std::size_t begin = page * Inode::kPageBytes;
  const std::size_t end = std::min(begin + bytes, inode.now.size());
  if (begin >= end) return;
  if (inode.durable.size() < end) inode.durable.resize(end, '\0');
  std::copy(inode.now.begin() + static_cast<std::ptrdiff_t>(begin),
            inode.now.begin() + static_cast<std::ptrdiff_t>(end),
            inode.durable.begin() + static_cast<std::ptrdiff_t>(begin));
}

}  // namespace

void Disk::sync_inode(Inode& inode) {
  for (const std::size_t page : inode.dirty) write_page(inode, page, Inode::kPageBytes);
  inode.dirty.clear();
  if (inode.durable.size() < inode.now.size()) inode.durable.resize(inode.now.size(), '\0');
}

void Disk::fail_sync(Inode& inode) {
  for (const std::size_t page : inode.dirty) {
    if (dice_.chance(500)) write_page(inode, page, Inode::kPageBytes);
  }
  // Dropped: still seen by whoever reads, clean for whoever syncs, and not on the platter.
  inode.dirty.clear();
}

std::string Disk::content_after_power_loss(const Inode& inode) {
  Inode copy(inode.used);
  copy.durable = inode.durable;
  copy.now = inode.now;
  inode.used += copy.now.size();
  // The size is written with the names, or later.
  if (dice_.chance(500) && copy.durable.size() < copy.now.size()) {
    copy.durable.resize(copy.now.size(), '\0');
  }
  for (const std::size_t page : inode.dirty) {
    switch (dice_.below(3)) {
      case 0:
        break;
      case 1:
        write_page(copy, page, Inode::kPageBytes);
        break;
      default:
        write_page(copy, page, Inode::kPageBytes / 2);
    }
  }
  return copy.durable;
}

InodePointer Disk::survivor_of(const Name& name, Ending ending) {
  const InodePointer* survivor = &name.now();
  if (ending == Ending::power_loss) {
    const std::uint64_t choice = dice_.below(name.changes.size() + 1);
    survivor = choice == 0 ? &name.durable : &name.changes[choice - 1];
  }
  if (!*survivor) return nullptr;
  const auto copy = std::make_shared<Inode>((*survivor)->used);
  if (ending == Ending::power_loss) {
    copy->durable = copy->now = content_after_power_loss(**survivor);
  } else {
    copy->durable = (*survivor)->durable;
    copy->now = (*survivor)->now;
    copy->dirty = (*survivor)->dirty;
  }
  copy->used += copy->now.size();
  return copy;
}

void Disk::freeze(Ending ending) {
  if (frozen_) return;
  changes_until_freeze_ = 0;
  Image image;
  for (const auto& [directory, names] : directories) {
    Names& kept = image[directory];
    for (const auto& [text, name] : names) {
      const InodePointer survivor = survivor_of(name, ending);
      // A process that ends leaves everything as it is, unsynced names too.
      const bool same = ending == Ending::kill && !name.changes.empty();
      if (same) {
        kept[text] = {.durable = name.durable, .changes = {survivor}};
      } else if (survivor) {
        kept[text] = {.durable = survivor, .changes = {}};
      }
    }
  }
  frozen_ = std::move(image);
}

void Disk::freeze_before_change(std::uint64_t n, Ending ending) {
  changes_until_freeze_ = n;
  planned_ending_ = ending;
}

void Disk::note_change() {
  if (changes_until_freeze_ == 0 || --changes_until_freeze_ > 0) return;
  freeze(planned_ending_);
}

void Disk::end() {
  directories = std::move(*frozen_);
  frozen_.reset();
  changes_until_freeze_ = 0;
}

InodePointer Disk::find(const std::string& path) const {
  const auto directory = directories.find(directory_of(path));
  if (directory == directories.end()) return nullptr;
  const auto name = directory->second.find(name_of(path));
  return name == directory->second.end() ? nullptr : name->second.now();
}

InodePointer Disk::find_durable(const std::string& path) const {
  const auto directory = directories.find(directory_of(path));
  if (directory == directories.end()) return nullptr;
  const auto name = directory->second.find(name_of(path));
  if (name == directory->second.end() || !name->second.changes.empty()) return nullptr;
  const InodePointer& inode = name->second.durable;
  return inode && inode->durable == inode->now ? inode : nullptr;
}

std::vector<std::string> Disk::paths() const {
  std::vector<std::string> found;
  for (const auto& [directory, names] : directories) {
    for (const auto& [text, name] : names) {
      if (name.now()) found.push_back(directory + "/" + text);
    }
  }
  return found;
}

Disk::Name& Disk::name_at(const std::string& path) {
  return directories[directory_of(path)][name_of(path)];
}

void Disk::sync_names(const std::string& directory) {
  const auto found = directories.find(directory);
  if (found == directories.end()) return;
  for (auto entry = found->second.begin(); entry != found->second.end();) {
    Name& name = entry->second;
    if (!name.changes.empty()) {
      name.durable = name.changes.back();
      name.changes.clear();
    }
    entry = name.durable ? std::next(entry) : found->second.erase(entry);
  }
}

}  // namespace partwise::sim
