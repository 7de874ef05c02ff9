#pragma once

// What a transaction changes in the figures of projects. It is written as rows of `usage_changes`,
// so that no two transactions meet in a counter; the fold sums them up in `usage` and `projects`
// later, and whoever reads the figures adds what is not summed up yet.

#include <map>
#include <string_view>
#include <utility>

#include "core/file.hpp"
#include "core/upload.hpp"

namespace partwise::postgres {

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

// Of one transaction.
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

  [[nodiscard]] const std::map<CounterKey, CounterChange>& all() const { return changes_; }

 private:
  void add(Counter counter, const ProjectId& project, const CounterChange& change);
  void add(const CounterKey& key, const CounterChange& change);

  std::map<CounterKey, CounterChange> changes_;
};

}  // namespace partwise::postgres
