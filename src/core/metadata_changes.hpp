#pragma once

#include <cstdint>

namespace partwise {

// Rows that changed their state, in committed transactions of this process.
struct MetadataChanges {
  std::uint64_t uploads_created = 0;
  std::uint64_t uploads_completed = 0;
  std::uint64_t uploads_cancelled = 0;
  std::uint64_t uploads_expired = 0;
  std::uint64_t reap_jobs_made = 0;
  std::uint64_t reap_jobs_done = 0;

  MetadataChanges& operator+=(const MetadataChanges& more) {
    uploads_created += more.uploads_created;
    uploads_completed += more.uploads_completed;
    uploads_cancelled += more.uploads_cancelled;
    uploads_expired += more.uploads_expired;
    reap_jobs_made += more.reap_jobs_made;
    reap_jobs_done += more.reap_jobs_done;
    return *this;
  }
  friend bool operator==(const MetadataChanges&, const MetadataChanges&) = default;
};

}  // namespace partwise
