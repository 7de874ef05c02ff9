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
  bool sets_clock_back = false;
  bool jumps_days = false;
  DiskFaults disk_faults;
  StoreFaults store_faults;
  std::uint64_t disk_bytes = 0;
  std::uint64_t quota_bytes = 0;  // 0: none.
  bool sends_files = false;
  std::size_t window_bytes = 0;
  std::uint64_t interference_per_mille = 0;  // Requests that a client or the network breaks.
  Md5Mode md5 = Md5Mode::on_complete;

  [[nodiscard]] bool has_faults() const;
};

[[nodiscard]] Plan make_plan(std::uint64_t seed);

// Small, so that few bytes meet all of them.
[[nodiscard]] CoreLimits small_core_limits();
[[nodiscard]] DiskLimits small_disk_limits();

inline constexpr std::uint64_t kPieceBytesMax = 900;

}  // namespace partwise::sim
