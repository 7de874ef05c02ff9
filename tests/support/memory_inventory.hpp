#pragma once

// A BlobInventory of blobs that a test has put there, and nothing else.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "core/blob_inventory.hpp"

namespace partwise::test {

class MemoryInventory final : public BlobInventory {
 public:
  // What is there. Public, because a test lays it out as it likes.
  std::map<BlobKey, std::string> blobs;
  std::set<std::string> staged;
  std::set<Stray> strays;  // Among the blobs.
  std::set<BlobKey> unreadable;
  // What was set aside: keys and names.
  std::set<std::string> aside;
  std::size_t moves_synced = 0;     // Of them, those that are durable.
  std::set<std::string> immovable;  // What cannot be set aside.

  // Stores `content` and gives the reference to it.
  BlobRef put(BlobKey key, const std::string& content) {
    blobs[key] = content;
    Crc64 crc;
    crc.update(as_bytes(content));
    return {.key = key, .bytes = content.size(), .crc64 = crc.value()};
  }

  [[nodiscard]] Result<std::vector<BlobKey>> keys() override {
    std::vector<BlobKey> keys;
    for (const auto& [key, content] : blobs) keys.push_back(key);
    return keys;
  }
  [[nodiscard]] Result<std::uint64_t> bytes_of(BlobKey key) override {
    if (unreadable.contains(key)) return fail(ErrorCode::io_failure, "could not read it.");
    const auto found = blobs.find(key);
    if (found == blobs.end()) return fail(ErrorCode::not_found, "There is no such blob.");
    return found->second.size();
  }
  // Whatever is in staging is as long as its name.
  [[nodiscard]] Result<std::uint64_t> staged_bytes() override {
    std::uint64_t bytes = 0;
    for (const std::string& name : staged) bytes += name.size();
    return bytes;
  }
  [[nodiscard]] Result<std::vector<std::string>> staged_names() override {
    return std::vector<std::string>(staged.begin(), staged.end());
  }
  [[nodiscard]] Result<std::vector<Stray>> foreign() override {
    return std::vector<Stray>(strays.begin(), strays.end());
  }
  [[nodiscard]] Result<BlobContent> read(BlobKey key) override {
    if (unreadable.contains(key)) return fail(ErrorCode::io_failure, "could not read it.");
    const auto found = blobs.find(key);
    if (found == blobs.end()) return fail(ErrorCode::not_found, "There is no such blob.");
    Crc64 crc;
    crc.update(as_bytes(found->second));
    return BlobContent{.bytes = found->second.size(), .crc64 = crc.value()};
  }
  [[nodiscard]] Result<> set_aside(BlobKey key) override {
    if (immovable.contains(key.text())) return fail(ErrorCode::io_failure, "could not move it.");
    blobs.erase(key);
    aside.insert(key.text());
    return {};
  }
  [[nodiscard]] Result<> set_aside(const std::string& name) override {
    staged.erase(name);
    std::erase_if(strays, [&](const Stray& stray) { return stray.name == name; });
    aside.insert(name);
    return {};
  }
  [[nodiscard]] Result<> sync_moves() override {
    moves_synced = aside.size();
    return {};
  }
};

}  // namespace partwise::test
