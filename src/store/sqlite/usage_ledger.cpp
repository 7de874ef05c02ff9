#include "store/sqlite/usage_ledger.hpp"

#include <utility>

namespace partwise::sqlite {

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

void add_to(CounterChange& sum, const CounterChange& change) {
  sum.count += change.count;
  sum.bytes += change.bytes;
  sum.stored_bytes += change.stored_bytes;
}

}  // namespace

void UsageLedger::add(Counter counter, const ProjectId& project, CounterChange change) {
  of_operation_.emplace_back(CounterKey{.project = project, .counter = counter}, change);
}

void UsageLedger::upload_created(const Upload& upload) {
  add(Counter::pending, upload.project, {.count = 1, .bytes = number(upload.bytes)});
}

void UsageLedger::part_added(const ProjectId& project, std::uint64_t bytes) {
  add(Counter::pending, project, {.stored_bytes = number(bytes)});
}

void UsageLedger::upload_ended(const Upload& ended) {
  const std::int64_t bytes = number(ended.bytes);
  add(Counter::pending, ended.project,
      {.count = -1, .bytes = -bytes, .stored_bytes = -number(ended.stored_bytes)});
  add(counter_of(ended.state), ended.project, {.count = 1, .bytes = bytes});
}

void UsageLedger::upload_forgotten(const Upload& ended) {
  add(counter_of(ended.state), ended.project, {.count = -1, .bytes = -number(ended.bytes)});
}

void UsageLedger::file_created(const StoredFile& file) {
  const CounterKey key{.project = file.project, .counter = Counter::files, .purpose = file.purpose};
  of_operation_.emplace_back(key, CounterChange{.count = 1, .bytes = number(file.bytes)});
}

void UsageLedger::file_buried(const StoredFile& file) {
  const CounterKey key{.project = file.project, .counter = Counter::files, .purpose = file.purpose};
  of_operation_.emplace_back(key, CounterChange{.count = -1, .bytes = -number(file.bytes)});
}

void UsageLedger::leftovers_made(const Upload& ended) {
  add(Counter::reclaimable, ended.project, {.count = 1, .bytes = leftover_bytes(ended)});
}

void UsageLedger::leftovers_removed(const Upload& ended) {
  add(Counter::reclaimable, ended.project, {.count = -1, .bytes = -leftover_bytes(ended)});
}

void UsageLedger::leftovers_made(const StoredFile& buried) {
  add(Counter::reclaimable, buried.project, {.count = 1, .bytes = number(buried.bytes)});
}

void UsageLedger::leftovers_removed(const StoredFile& buried) {
  add(Counter::reclaimable, buried.project, {.count = -1, .bytes = -number(buried.bytes)});
}

void UsageLedger::keep_operation() {
  for (auto& [key, change] : of_operation_) add_to(kept_[std::move(key)], change);
  of_operation_.clear();
}

Result<> UsageLedger::judge_open_upload(const ProjectId& project, ProjectRows& projects,
                                        UsageRows& usage) {
  TRY(const auto most, open_uploads_max(project, projects));
  if (!most) return {};
  TRY(std::int64_t open, usage.pending_count(project));
  if (const auto kept = kept_.find(CounterKey{.project = project, .counter = Counter::pending});
      kept != kept_.end()) {
    open += kept->second.count;
  }
  if (std::cmp_less(open, *most)) return {};
  return fail(over_quota_of_open_uploads(static_cast<std::uint64_t>(open), *most));
}

Result<std::optional<std::uint64_t>> UsageLedger::open_uploads_max(const ProjectId& project,
                                                                   ProjectRows& projects) {
  if (const auto known = open_uploads_max_.find(project); known != open_uploads_max_.end()) {
    return known->second;
  }
  TRY(const auto row, projects.find(project));
  const auto most = row ? row->quotas.open_uploads : std::nullopt;
  open_uploads_max_.emplace(project, most);
  return most;
}

Result<> UsageLedger::write(UsageRows& usage) {
  for (const auto& [key, change] : kept_) {
    if (change.count == 0 && change.bytes == 0 && change.stored_bytes == 0) continue;
    CHECK(usage.add(key, change));
  }
  return {};
}

}  // namespace partwise::sqlite
