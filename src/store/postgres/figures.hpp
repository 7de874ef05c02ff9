#pragma once

// What the store has done and how much waits, for metrics.

#include <cstddef>
#include <cstdint>

namespace partwise {

// Rows that changed their state, in committed transactions of this node.
struct PostgresChanges {
  std::uint64_t uploads_created = 0;
  std::uint64_t uploads_completed = 0;
  std::uint64_t uploads_cancelled = 0;
  std::uint64_t uploads_expired = 0;
  std::uint64_t reap_jobs_made = 0;
  std::uint64_t reap_jobs_done = 0;

  PostgresChanges& operator+=(const PostgresChanges& more) {
    uploads_created += more.uploads_created;
    uploads_completed += more.uploads_completed;
    uploads_cancelled += more.uploads_cancelled;
    uploads_expired += more.uploads_expired;
    reap_jobs_made += more.reap_jobs_made;
    reap_jobs_done += more.reap_jobs_done;
    return *this;
  }
  friend bool operator==(const PostgresChanges&, const PostgresChanges&) = default;
};

struct PostgresFigures {
  PostgresChanges changes;
  std::size_t queue_length = 0;       // Verbs that wait for a connection.
  std::size_t list_queue_length = 0;  // Lists that do.
  std::uint64_t commits = 0;
  std::uint64_t unknown_commits = 0;  // Whose answer was lost.
  std::uint64_t repeated = 0;         // Transactions that were tried again.
  std::uint64_t connects = 0;
};

}  // namespace partwise
