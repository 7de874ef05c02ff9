#pragma once

// What a running server can say of itself at one moment: plain numbers, taken on the loop from
// those who own them. metric_families.hpp gives them their names.

#include <cstdint>
#include <functional>
#include <optional>

#include "api/services.hpp"
#include "base/log.hpp"
#include "base/thread_pool.hpp"
#include "core/blob_store.hpp"
#include "core/clock_guard.hpp"
#include "core/reaper.hpp"
#include "core/scrubber.hpp"
#include "core/stream_registry.hpp"
#include "core/sweeper.hpp"
#include "store/postgres/figures.hpp"
#include "store/sqlite/figures.hpp"

namespace partwise {

class Metadata;

// Open connections of each listener.
struct ConnectionCounts {
  std::size_t api = 0;
  std::size_t metrics = 0;
};

// Of all projects together.
struct StorageFigures {
  std::uint64_t stored_bytes = 0;       // Charged: files, and parts of pending uploads.
  std::uint64_t pending_bytes = 0;      // Of these, the parts of pending uploads.
  std::uint64_t reclaimable_bytes = 0;  // Of what has ended, and is still to be removed.
  // Uploads that can still be read, by their state.
  std::uint64_t pending_uploads = 0;
  std::uint64_t completed_uploads = 0;
  std::uint64_t cancelled_uploads = 0;
  std::uint64_t expired_uploads = 0;
  std::uint64_t files = 0;
};

struct Figures {
  SqliteFigures metadata;                        // Of metadata in SQLite.
  std::optional<PostgresFigures> postgres = {};  // Of those in PostgreSQL.
  VolumeStatus volume;
  ThreadPool::Load workers;
  SweeperFigures sweeper;
  ScrubberFigures scrubber;
  std::uint64_t reaped_blobs = 0;
  std::uint64_t failed_reaper_passes = 0;
  bool reaper_waits_for_backup = false;
  std::uint64_t clock_pauses = 0;
  bool clock_paused = false;
  std::size_t streams = 0;
  ConnectionCounts connections;
  std::uint64_t dropped_log_lines = 0;
  bool ready = false;
  std::optional<StorageFigures> storage = {};  // Nothing where it could not be read.
};

// Whom to ask. All outlive it.
struct FigureSources {
  const Metadata& metadata;
  const BlobStore& blobs;
  const ThreadPool& workers;
  const Sweeper& sweeper;
  const Scrubber& scrubber;
  const Reaper& reaper;
  const ClockGuard& guard;
  const StreamRegistry& streams;
  const Log& log;
  api::Readiness readiness;
  std::function<ConnectionCounts()> connections;
  // Reads the store. Empty: there is nobody to ask.
  std::function<Task<std::optional<StorageFigures>>()> storage = {};
};

// Of all projects; nothing where the store does not answer.
[[nodiscard]] Task<std::optional<StorageFigures>> storage_figures(AccountStore& store);

// All but `storage`. Costs a few locks that nobody holds for long. On the loop.
[[nodiscard]] Figures take_figures(const FigureSources& sources);

}  // namespace partwise
