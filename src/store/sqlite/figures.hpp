#pragma once

// What the store has done and how much waits, for metrics.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/metadata_changes.hpp"

namespace partwise {

// How many operations shared each commit.
struct SqliteBatches {
  static constexpr std::array<std::size_t, 9> kLengthsUpTo{1, 2, 4, 8, 16, 32, 64, 128, 256};

  // By the first bound that the length does not exceed; the last counts what is above all.
  std::array<std::uint64_t, kLengthsUpTo.size() + 1> commits{};
  std::uint64_t operations = 0;  // In all commits together.

  void add(std::size_t length) {
    const auto* bound = std::ranges::lower_bound(kLengthsUpTo, length);
    ++commits[static_cast<std::size_t>(bound - kLengthsUpTo.begin())];
    operations += length;
  }
};

struct SqliteFigures {
  MetadataChanges changes;
  SqliteBatches batches;
  std::uint64_t reap_jobs_waiting = 0;  // Held ones too.
  std::uint64_t log_bytes = 0;          // Of the write-ahead log, what is in use.
  std::size_t writer_queue_length = 0;
  std::size_t reader_queue_length = 0;
};

}  // namespace partwise
