#pragma once

// What a project holds, in figures: who holds the space, and what of it would come back.

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/account.hpp"
#include "core/ids.hpp"
#include "core/purpose.hpp"

namespace partwise {

struct Tally {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const Tally&, const Tally&) = default;
};

// A pending upload that nobody may be waiting for any more.
struct OldestPending {
  UploadId id;
  Timestamp created_at{};
  friend bool operator==(const OldestPending&, const OldestPending&) = default;
};

struct Usage {
  Project project;
  // Uploads that can still be read, with the bytes that they declare.
  Tally pending;
  Tally completed;
  Tally cancelled;
  Tally expired;
  // Accepted parts of the pending ones.
  std::uint64_t pending_stored_bytes = 0;
  // Living files, by Purpose.
  std::array<Tally, kPurposes.size()> files{};
  // Ended uploads and deleted files whose bytes are not all removed yet.
  Tally reclaimable;
  std::optional<OldestPending> oldest_pending;

  [[nodiscard]] Tally& files_of(Purpose purpose) {
    return files.at(static_cast<std::size_t>(purpose));
  }
  friend bool operator==(const Usage&, const Usage&) = default;
};

// Living files of every purpose.
[[nodiscard]] std::uint64_t count_of_files(const Usage& usage);

// All of them together; of no project, and without quotas.
[[nodiscard]] Usage sum_of(std::span<const Usage> usages);

}  // namespace partwise
