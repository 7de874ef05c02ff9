#pragma once

// What the dice decide of a history before it begins: who is there, what fails, how time passes.

#include <cstdint>
#include <vector>

#include "core/limits.hpp"
#include "core/running_md5.hpp"
#include "disk.hpp"
#include "sim_store.hpp"
#include "store/disk/disk_limits.hpp"

namespace partwise::sim {

struct Plan {
  std::uint64_t operations = 0;  // At least 200.
  std::size_t clients = 0;
  std::uint64_t slow_per_mille = 0;
  std::vector<std::uint64_t> crashes;  // After which operation each is armed; at least one.
  // Leaps of both clocks, and settings of the wall clock, likewise.
  std::vector<std::uint64_t> leaps;
  std::vector<std::uint64_t> settings;
  bool jumps_days = false;
  DiskFaults disk_faults;
  StoreFaults store_faults;
  std::uint64_t disk_bytes = 0;
  std::uint64_t quota_bytes = 0;  // 0: none.
  bool sends_files = false;
  std::size_t window_bytes = 0;
  std::uint64_t interference_per_mille = 0;  // Requests that a client or the network breaks.
  Md5Mode md5 = Md5Mode::on_complete;
  // Of nodes on one store.
  std::size_t nodes = 1;
  std::vector<std::int64_t> skews_s;  // How far the wall clock of each is from the store's.
  bool sets_clocks_of_nodes = false;  // The settings are of theirs, and not of the store's.
  std::vector<std::uint64_t> stops;   // When one of them stands still for minutes, likewise.
  std::uint64_t kills_per_mille = 0;  // Of crashes: one node ends, and the others go on.
  std::uint64_t news_lost_per_mille = 0;
  std::chrono::seconds claim_lease{0};

  [[nodiscard]] bool is_shared() const { return nodes > 1; }
  // The clock that decides may be set.
  [[nodiscard]] bool sets_deciding_clock() const {
    return !settings.empty() && !sets_clocks_of_nodes;
  }
  [[nodiscard]] bool has_faults() const;
};

// How many nodes there may be.
enum class NodeCount : std::uint8_t { one, any, several };

[[nodiscard]] Plan make_plan(std::uint64_t seed, NodeCount count);

// Small, so that few bytes meet all of them.
[[nodiscard]] CoreLimits small_core_limits();
[[nodiscard]] DiskLimits small_disk_limits();

inline constexpr std::uint64_t kPieceBytesMax = 900;

}  // namespace partwise::sim
