#include "core/usage_changes.hpp"

#include <fmt/format.h>

#include <utility>

namespace partwise {

namespace {

Counter counter_of(const UploadState& state) {
  struct Counters {
    Counter operator()(const Pending&) const { return Counter::pending; }
    Counter operator()(const Completed&) const { return Counter::completed; }
    Counter operator()(const Cancelled&) const { return Counter::cancelled; }
    Counter operator()(const Expired&) const { return Counter::expired; }
  };
  return std::visit(Counters{}, state);
}

std::int64_t number(std::uint64_t bytes) { return static_cast<std::int64_t>(bytes); }

// What the file does not use, or for one that has no file all that was stored.
std::int64_t leftover_bytes(const Upload& ended) {
  const bool completed = std::holds_alternative<Completed>(ended.state);
  return number(ended.stored_bytes) - (completed ? number(ended.bytes) : 0);
}

CounterKey files_of(const StoredFile& file) {
  return {.project = file.project, .counter = Counter::files, .purpose = file.purpose};
}

}  // namespace

std::pair<std::string_view, std::string_view> words_of(const CounterKey& key) {
  switch (key.counter) {
    case Counter::pending:
      return {"upload", "pending"};
    case Counter::completed:
      return {"upload", "completed"};
    case Counter::cancelled:
      return {"upload", "cancelled"};
    case Counter::expired:
      return {"upload", "expired"};
    case Counter::reclaimable:
      return {"reclaimable", ""};
    case Counter::files:
      return {"file", purpose_text(key.purpose)};
  }
  std::unreachable();
}

// The schema admits no other kinds.
Result<Tally*> tally_of(Usage& usage, std::string_view kind, std::string_view name) {
  if (kind == "reclaimable") return &usage.reclaimable;
  if (kind == "file") {
    if (const auto purpose = parse_purpose(name)) return &usage.files_of(*purpose);
  }
  if (name == "pending") return &usage.pending;
  if (name == "completed") return &usage.completed;
  if (name == "cancelled") return &usage.cancelled;
  if (name == "expired") return &usage.expired;
  return fail(ErrorCode::internal, fmt::format("There is no counter {} {}.", kind, name));
}

void UsageChanges::add(Counter counter, const ProjectId& project, const CounterChange& change) {
  add(CounterKey{.project = project, .counter = counter}, change);
}

void UsageChanges::add(const CounterKey& key, const CounterChange& change) {
  CounterChange& sum = changes_[key];
  sum.count += change.count;
  sum.bytes += change.bytes;
  sum.stored_bytes += change.stored_bytes;
  sum.charged_bytes += change.charged_bytes;
}

void UsageChanges::add(const UsageChanges& more) {
  for (const auto& [key, change] : more.changes_) add(key, change);
}

std::int64_t UsageChanges::pending_count(const ProjectId& project) const {
  const auto found = changes_.find({.project = project, .counter = Counter::pending});
  return found == changes_.end() ? 0 : found->second.count;
}

void UsageChanges::upload_created(const Upload& upload) {
  add(Counter::pending, upload.project, {.count = 1, .bytes = number(upload.bytes)});
}

void UsageChanges::part_added(const ProjectId& project, std::uint64_t bytes) {
  add(Counter::pending, project, {.stored_bytes = number(bytes), .charged_bytes = number(bytes)});
}

void UsageChanges::upload_ended(const Upload& ended) {
  const std::int64_t bytes = number(ended.bytes);
  add(Counter::pending, ended.project,
      {.count = -1,
       .bytes = -bytes,
       .stored_bytes = -number(ended.stored_bytes),
       .charged_bytes = -leftover_bytes(ended)});
  add(counter_of(ended.state), ended.project, {.count = 1, .bytes = bytes});
}

void UsageChanges::upload_forgotten(const Upload& ended) {
  add(counter_of(ended.state), ended.project, {.count = -1, .bytes = -number(ended.bytes)});
}

void UsageChanges::file_posted(const StoredFile& file) {
  add(files_of(file),
      {.count = 1, .bytes = number(file.bytes), .charged_bytes = number(file.bytes)});
}

void UsageChanges::file_completed(const StoredFile& file) {
  add(files_of(file), {.count = 1, .bytes = number(file.bytes)});
}

void UsageChanges::file_buried(const StoredFile& file) {
  add(files_of(file),
      {.count = -1, .bytes = -number(file.bytes), .charged_bytes = -number(file.bytes)});
}

void UsageChanges::leftovers_made(const Upload& ended) {
  add(Counter::reclaimable, ended.project, {.count = 1, .bytes = leftover_bytes(ended)});
}

void UsageChanges::leftovers_removed(const Upload& ended) {
  add(Counter::reclaimable, ended.project, {.count = -1, .bytes = -leftover_bytes(ended)});
}

void UsageChanges::leftovers_made(const StoredFile& buried) {
  add(Counter::reclaimable, buried.project, {.count = 1, .bytes = number(buried.bytes)});
}

void UsageChanges::leftovers_removed(const StoredFile& buried) {
  add(Counter::reclaimable, buried.project, {.count = -1, .bytes = -number(buried.bytes)});
}

}  // namespace partwise
