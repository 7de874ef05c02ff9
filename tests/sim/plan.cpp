#include "plan.hpp"

#include <algorithm>

namespace partwise::sim {

namespace {

std::vector<std::uint64_t> moments(Dice& dice, std::uint64_t count, std::uint64_t operations) {
  std::vector<std::uint64_t> chosen;
  for (std::uint64_t i = 0; i < count; ++i) {
    chosen.push_back(dice.between(operations / 20, operations * 9 / 10));
  }
  std::ranges::sort(chosen);
  return chosen;
}

void choose_faults(Dice& dice, Plan& plan) {
  const std::uint64_t kind = dice.below(10);
  if (kind < 4) return;  // A fine day.
  const bool mixed = kind == 9;
  if (kind == 4 || kind == 5 || mixed) {
    const std::uint64_t rate = dice.between(1, 12);
    plan.disk_faults = {.write_per_mille = rate,
                        .sync_per_mille = 2 * rate,
                        .name_per_mille = rate,
                        .read_per_mille = rate,
                        .open_per_mille = rate};
  }
  if (kind == 6 || mixed) plan.disk_bytes = dice.between(6, 24) * kKiB;
  if (kind == 7 || kind == 8 || mixed) {
    plan.store_faults = {.overloaded_per_mille = dice.between(0, 15),
                         .full_per_mille = dice.between(0, 15),
                         .failed_per_mille = dice.between(1, 8)};
  }
}

void choose_times(Dice& dice, Plan& plan) {
  plan.leaps = moments(dice, dice.between(0, 4), plan.operations);
  if (dice.chance(450)) plan.settings = moments(dice, dice.between(1, 3), plan.operations);
  plan.jumps_days = !plan.settings.empty() && dice.chance(150);
}

void choose_nodes(Dice& dice, Plan& plan, NodeCount count) {
  const bool is_shared = dice.chance(500);
  if (count == NodeCount::one || (count == NodeCount::any && !is_shared)) return;
  plan.nodes = dice.between(2, 3);
  for (std::size_t i = 0; i < plan.nodes; ++i) {
    const bool is_right = dice.chance(300);
    plan.skews_s.push_back(is_right ? 0 : static_cast<std::int64_t>(dice.below(14'400)) - 7'200);
  }
  plan.stops = moments(dice, dice.between(0, 4), plan.operations);
  plan.sets_clocks_of_nodes = dice.chance(600);
  plan.kills_per_mille = dice.between(300, 900);
  plan.news_lost_per_mille = dice.chance(700) ? dice.between(0, 300) : 1000;
  plan.claim_lease = std::chrono::seconds{dice.chance(500) ? 300 : 0};
}

}  // namespace

bool Plan::has_faults() const {
  const bool disk = disk_faults.write_per_mille > 0 || disk_bytes < kMiB;
  return disk || store_faults.failed_per_mille > 0;
}

Plan make_plan(std::uint64_t seed, NodeCount count) {
  Dice dice(seed * 0x2545f4914f6cdd1dU + 7);
  Plan plan;
  plan.operations = dice.between(200, 260);
  plan.clients = dice.between(2, 6);
  plan.slow_per_mille = dice.chance(500) ? dice.between(1, 120) : 0;
  plan.crashes = moments(dice, dice.between(1, 4), plan.operations);
  plan.disk_bytes = kGiB;
  plan.sends_files = dice.chance(500);
  plan.window_bytes = dice.chance(500) ? 16 * kKiB : dice.between(100, 1000);
  plan.interference_per_mille = dice.chance(700) ? dice.between(20, 200) : 0;
  plan.quota_bytes = dice.chance(150) ? dice.between(2, 12) * kKiB : 0;
  plan.md5 = dice.chance(300) ? Md5Mode::running : Md5Mode::on_complete;
  choose_faults(dice, plan);
  choose_times(dice, plan);
  choose_nodes(dice, plan, count);
  return plan;
}

CoreLimits small_core_limits() {
  CoreLimits limits;
  limits.part_bytes_max = 1500;
  limits.file_bytes_max = 2000;
  limits.stored_bytes_slack = 3000;
  // Shorter than an upload lives, and further apart than anything but a node that stands still.
  limits.stream_life_max = std::chrono::seconds{300};
  limits.intent_life = std::chrono::seconds{1'800};
  return limits;
}

DiskLimits small_disk_limits() {
  return {.reserve_bytes = 1024,
          .free_space_check_bytes = 1024,
          .write_back_bytes = 512,
          .small_sync_bytes_max = 300,
          .burst_bytes = 400,
          .gather_bytes = 100,
          .read_buffer_bytes = 128,
          .removals_per_visit = 2};
}

}  // namespace partwise::sim
