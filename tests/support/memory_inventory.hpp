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
  std::set<Stray> in_staging;
  std::set<Stray> strays;  // Among the blobs.
  std::set<Stray> others;  // Beside everything.
  Stray set_aside_before;
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
  [[nodiscard]] Result<std::vector<Stray>> staged() override {
    return std::vector<Stray>(in_staging.begin(), in_staging.end());
  }
  [[nodiscard]] Result<std::vector<Stray>> unknown() override {
    return std::vector<Stray>(others.begin(), others.end());
  }
  [[nodiscard]] Stray lost_and_found() override { return set_aside_before; }
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
    const auto has_name = [&](const Stray& stray) { return stray.name == name; };
    std::erase_if(in_staging, has_name);
    std::erase_if(strays, has_name);
    aside.insert(name);
    return {};
  }
  [[nodiscard]] Result<> sync_moves() override {
    moves_synced = aside.size();
    return {};
  }
};

}  // namespace partwise::test
