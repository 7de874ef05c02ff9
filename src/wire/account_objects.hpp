#pragma once

// Keys and usage as they go over the wire: objects of ours, in the manner of those in objects.hpp.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wire/objects.hpp"

namespace partwise::wire {

// {"id","object":"api_key","project","name","role","created_at","expires_at","revoked_at"}, and
// where it was just made "key" after them. Times that there are not are present as null.
struct WireKey {
  std::string id;
  std::string project;
  std::string name;
  std::string role;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> expires_at;
  std::optional<std::int64_t> revoked_at;
  std::optional<std::string> key;
};

struct WireTally {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

struct WireOldestUpload {
  std::string id;
  std::int64_t created_at = 0;
};

// "stored_bytes","uploads":{"pending":{"count","bytes","stored_bytes"},"completed":{"count",
// "bytes"},"cancelled":…,"expired":…},"files":{PURPOSE:{"count","bytes"},…},"reclaimable_bytes",
// "oldest_pending_upload":{"id","created_at"} or null.
struct WireFigures {
  std::uint64_t stored_bytes = 0;  // Charged: parts of pending uploads, and files.
  WireTally pending;               // `bytes` of uploads are those that they declare.
  std::uint64_t pending_stored_bytes = 0;
  WireTally completed;
  WireTally cancelled;
  WireTally expired;
  std::vector<std::pair<std::string, WireTally>> files;  // By purpose.
  std::uint64_t reclaimable_bytes = 0;                   // Of what has ended, not yet removed.
  std::optional<WireOldestUpload> oldest_pending_upload;
};

// {"object":"usage","project", the figures, "quota":{"bytes","open_uploads"}}: null is no quota.
struct WireUsage {
  std::string project;
  WireFigures figures;
  std::optional<std::uint64_t> quota_bytes;
  std::optional<std::uint64_t> quota_open_uploads;
};

// {"object":"usage.list","data":[…],"totals":{ the figures }}
struct WireUsageList {
  std::vector<WireUsage> data;
  WireFigures totals;
};

void write(JsonWriter& out, const WireKey& key);
void write(JsonWriter& out, const WireUsage& usage);
void write(JsonWriter& out, const WireUsageList& list);

[[nodiscard]] inline const std::string& id_of(const WireKey& key) { return key.id; }

}  // namespace partwise::wire
