#include "fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace partwise::sim {

namespace {

// News that travels for longer than this has met everything that may happen to it.
constexpr std::uint64_t kNewsDelayMaxMs = 3'000;
// Intents are given up after 30 minutes, and what is held back is removed 10 minutes later: a
// stream of 5 minutes whose node stands still for more than 35 leaves a blob that only fsck finds.
constexpr std::uint64_t kStandStillMs = 2'020'000;

}  // namespace

Fleet::Fleet(FleetParts parts)
    : parts_(std::move(parts)),
      tell_([this](Owner from, const UploadId& upload, std::string_view status) {
        tell_others(from, upload, status);
      }) {
  places_.reserve(parts_.plan.nodes);
  for (std::size_t i = 0; i < parts_.plan.nodes; ++i) {
    places_.push_back({.clock = SimClock(parts_.scheduler)});
    if (parts_.plan.is_shared()) places_.back().clock.wall_offset_s = parts_.plan.skews_s[i];
  }
}

NodeParts Fleet::node_parts(Place& place) {
  const bool is_shared = parts_.plan.is_shared();
  return {.scheduler = parts_.scheduler,
          .dice = parts_.dice,
          .trace = parts_.trace,
          .clock = is_shared ? place.clock : parts_.clock,
          .random = parts_.random,
          .disk = parts_.disk,
          .engine = parts_.engine,
          .store_faults = parts_.plan.store_faults,
          .sharing = is_shared ? Sharing::many_nodes : Sharing::one_process,
          .tell = tell_,
          .limits = parts_.limits,
          .disk_limits = small_disk_limits(),
          .md5 = parts_.plan.md5,
          .mutation = parts_.mutation,
          .scrubs = parts_.scrubs,
          .on_commit = parts_.on_commit,
          .checks_online = parts_.checks_online,
          .on_checked = parts_.on_checked};
}

void Fleet::start(Place& place) {
  place.is_starting = false;
  if (closed_ || place.node) return;
  place.run = ++runs_;
  auto started = Node::start(node_parts(place), place.run);
  if (!started) return start_after(place, Milliseconds{500});
  place.node = std::move(*started);
  parts_.trace.tell(fmt::format("run {} serves", place.run));
}

void Fleet::start_after(Place& place, Milliseconds wait) {
  place.is_starting = true;
  parts_.scheduler.after(kWorld, wait, "start", [this, &place] { start(place); });
}

void Fleet::start_all() {
  for (Place& place : places_) start(place);
}

void Fleet::end(Place& place) {
  place.kill_in_steps = 0;
  if (place.resume_in_steps > 0) resume(place);
  if (place.node) scrubbed_before_ += place.node->scrubbed().read_blobs;
  if (!place.node || place.node->end()) return place.node.reset();
  parts_.oracle.fail("answer", "A request of a run that is over hangs.");
  // What hangs still refers to it, also when the program ends. Histories run on several threads.
  static std::mutex mutex;
  static auto& hanging = *new std::vector<std::unique_ptr<Node>>;
  const std::lock_guard lock(mutex);
  hanging.push_back(std::move(place.node));
}

void Fleet::end_all() {
  for (Place& place : places_) end(place);
}

void Fleet::close() {
  closed_ = true;
  end_all();
}

void Fleet::kill(Place& place) {
  ++kills_;
  parts_.oracle.excuses.disturbed = parts_.scheduler.steps();
  parts_.trace.tell(fmt::format("run {} is killed", place.run));
  end(place);
  parts_.oracle.check_references();
}

void Fleet::stop(Place& place) {
  if (place.resume_in_steps > 0) return;
  parts_.trace.tell(fmt::format("run {} is stopped", place.run));
  parts_.scheduler.stop(place.run);
  place.stopped_at_ms = parts_.scheduler.now_ms();
  place.resume_in_steps = parts_.dice.between(40, 800);
  place.leap_in_steps = parts_.dice.between(1, 40);
}

void Fleet::resume(Place& place) {
  parts_.trace.tell(fmt::format("run {} goes on", place.run));
  place.resume_in_steps = 0;
  parts_.scheduler.resume(place.run);
  parts_.oracle.excuses.disturbed = parts_.scheduler.steps();
}

void Fleet::watch_stopped(Place& place) {
  if (place.leap_in_steps > 0 && --place.leap_in_steps == 0) {
    const bool is_long = parts_.dice.chance(600);
    const std::uint64_t ms =
        is_long ? parts_.dice.between(1'800'000, 2'000'000) : parts_.dice.between(60'000, 900'000);
    parts_.trace.tell(fmt::format("{} ms pass", ms));
    parts_.scheduler.leap(Milliseconds{ms});
    parts_.oracle.excuses.disturbed = parts_.scheduler.steps();
  }
  const bool is_long_enough = parts_.scheduler.now_ms() - place.stopped_at_ms >= kStandStillMs;
  if (--place.resume_in_steps == 0 || is_long_enough) resume(place);
}

void Fleet::watch_several(Place& place) {
  if (!place.node) return;
  if (place.resume_in_steps > 0) watch_stopped(place);
  if (place.node->is_killed() || (place.kill_in_steps > 0 && --place.kill_in_steps == 0)) {
    kill(place);
  } else if (place.kill_in_steps == 0 && place.node->has_failed()) {
    // The process ends by itself, or somebody restarts it.
    place.kill_in_steps = parts_.dice.between(1, 200);
  }
}

void Fleet::watch() {
  for (Place& place : places_) {
    if (parts_.plan.is_shared()) watch_several(place);
    if (place.node || place.is_starting) continue;
    start_after(place, Milliseconds{parts_.dice.below(5'000)});
  }
}

void Fleet::arm_kill() {
  Place& place = places_[parts_.dice.below(places_.size())];
  if (place.node && parts_.dice.chance(400)) {
    place.node->kill_before_change(parts_.dice.between(1, 20));
  } else {
    place.kill_in_steps = parts_.dice.between(1, 300);
  }
}

void Fleet::arm_stop() {
  Place& place = places_[parts_.dice.below(places_.size())];
  if (!place.node || is_anyone_stopped()) return;
  if (parts_.dice.chance(300)) return stop(place);
  // What it has changed by then it has not told the store yet.
  place.node->call_at_change(parts_.dice.between(1, 20), [this, &place] {
    if (!is_anyone_stopped()) stop(place);
  });
}

bool Fleet::is_anyone_stopped() const {
  return std::ranges::any_of(places_, [](const Place& place) { return place.resume_in_steps > 0; });
}

void Fleet::set_clock(std::int64_t by_s) {
  places_[parts_.dice.below(places_.size())].clock.wall_offset_s += by_s;
}

std::shared_ptr<Link> Fleet::connect() {
  std::vector<Place*> serving;
  for (Place& place : places_) {
    if (place.node) serving.push_back(&place);
  }
  if (serving.empty()) return nullptr;
  Place& place = serving.size() == 1 ? *serving.front() : *parts_.dice.pick(serving);
  auto link = std::make_shared<Link>(LinkParts{.scheduler = parts_.scheduler,
                                               .server = place.run,
                                               .sends_files = parts_.plan.sends_files,
                                               .window_bytes = parts_.plan.window_bytes});
  place.node->accept(link);
  return link;
}

void Fleet::tell_others(Owner from, const UploadId& upload, std::string_view status) {
  for (Place& place : places_) {
    if (place.run == from || !parts_.plan.is_shared()) continue;
    if (parts_.dice.chance(parts_.plan.news_lost_per_mille)) continue;
    const int times = parts_.dice.chance(100) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      const Milliseconds wait{parts_.dice.chance(500) ? 0 : parts_.dice.below(kNewsDelayMaxMs)};
      auto hear = [&place, upload, word = std::string(status)] {
        if (place.node) place.node->hear(upload, word);
      };
      parts_.scheduler.after(kWorld, wait, "news", std::move(hear));
    }
  }
}

void Fleet::wake() {
  for (Place& place : places_) {
    if (place.node) place.node->wake();
  }
}

std::size_t Fleet::streams() const {
  std::size_t sum = 0;
  for (const Place& place : places_) sum += place.node ? place.node->streams() : 0;
  return sum;
}

std::uint64_t Fleet::scrubbed_blobs() const {
  std::uint64_t sum = scrubbed_before_;
  for (const Place& place : places_) sum += place.node ? place.node->scrubbed().read_blobs : 0;
  return sum;
}

bool Fleet::has_found_damage() const {
  return std::ranges::any_of(places_, [](const Place& place) {
    return place.node && place.node->scrubbed().missing + place.node->scrubbed().damaged > 0;
  });
}

bool Fleet::has_failed() const {
  return !parts_.plan.is_shared() && places_.front().node && places_.front().node->has_failed();
}

}  // namespace partwise::sim
