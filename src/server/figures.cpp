#include "server/figures.hpp"

#include "server/metadata.hpp"

namespace partwise {

Task<std::optional<StorageFigures>> storage_figures(AccountStore& store) {
  const auto usages = co_await store.usage(std::nullopt);
  if (!usages) co_return std::nullopt;
  const Usage sum = sum_of(*usages);
  co_return StorageFigures{.stored_bytes = sum.project.stored_bytes,
                           .pending_bytes = sum.pending_stored_bytes,
                           .reclaimable_bytes = sum.reclaimable.bytes,
                           .pending_uploads = sum.pending.count,
                           .completed_uploads = sum.completed.count,
                           .cancelled_uploads = sum.cancelled.count,
                           .expired_uploads = sum.expired.count,
                           .files = count_of_files(sum)};
}

Figures take_figures(const FigureSources& sources) {
  Figures figures{.metadata = {},
                  .volume = sources.blobs.status(),
                  .workers = sources.workers.load(),
                  .sweeper = sources.sweeper.figures(),
                  .scrubber = sources.scrubber.figures(),
                  .reaped_blobs = sources.reaper.blobs_removed(),
                  .failed_reaper_passes = sources.reaper.failed_passes(),
                  .reaper_waits_for_backup = sources.reaper.waits_for_backup(),
                  .clock_pauses = sources.guard.pauses(),
                  .clock_paused = sources.guard.is_paused(),
                  .streams = sources.streams.size(),
                  .connections = sources.connections(),
                  .dropped_log_lines = sources.log.dropped_lines(),
                  .ready = sources.readiness().has_value(),
                  .storage = {}};
  sources.metadata.take_figures(figures);
  return figures;
}

}  // namespace partwise
