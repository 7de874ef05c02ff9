#pragma once

// What transactions change in the figures of projects: the counters that a store keeps, and the
// words by which a row names one of them.

#include <map>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "core/file.hpp"
#include "core/upload.hpp"
#include "core/usage.hpp"

namespace partwise {

// One counter of a project.
enum class Counter : std::uint8_t { pending, completed, cancelled, expired, reclaimable, files };

struct CounterKey {
  ProjectId project;
  Counter counter = Counter::pending;
  Purpose purpose = Purpose::assistants;  // Of `files`; the same for all others.
  friend auto operator<=>(const CounterKey&, const CounterKey&) = default;
};

// `kind` and `name` of its row.
[[nodiscard]] std::pair<std::string_view, std::string_view> words_of(const CounterKey& key);
// The counter that these words name. Error: internal, where they name none.
[[nodiscard]] Result<Tally*> tally_of(Usage& usage, std::string_view kind, std::string_view name);

// What is added to a counter; may be negative.
struct CounterChange {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  std::int64_t stored_bytes = 0;   // Of pending uploads.
  std::int64_t charged_bytes = 0;  // To the project's bill, by whatever counter.

  [[nodiscard]] bool is_nothing() const {
    return count == 0 && bytes == 0 && stored_bytes == 0 && charged_bytes == 0;
  }
};

// Of one transaction, or of several. Not thread-safe.
class UsageChanges {
 public:
  void upload_created(const Upload& upload);
  void part_added(const ProjectId& project, std::uint64_t bytes);
  // From pending to the state that it has now. `stored_bytes` are its parts until then.
  void upload_ended(const Upload& ended);
  // It can be read no more.
  void upload_forgotten(const Upload& ended);
  // Posted whole, or completed out of parts that were charged before.
  void file_posted(const StoredFile& file);
  void file_completed(const StoredFile& file);
  void file_buried(const StoredFile& file);
  // What an ended upload or a buried file leaves to be removed: there is a reap job for it now, or
  // there is none any more.
  void leftovers_made(const Upload& ended);
  void leftovers_removed(const Upload& ended);
  void leftovers_made(const StoredFile& buried);
  void leftovers_removed(const StoredFile& buried);

  void add(const UsageChanges& more);
  void clear() { changes_.clear(); }
  // By how many the pending uploads of the project have become more.
  [[nodiscard]] std::int64_t pending_count(const ProjectId& project) const;
  [[nodiscard]] const std::map<CounterKey, CounterChange>& all() const { return changes_; }

 private:
  void add(Counter counter, const ProjectId& project, const CounterChange& change);
  void add(const CounterKey& key, const CounterChange& change);

  std::map<CounterKey, CounterChange> changes_;
};

}  // namespace partwise
