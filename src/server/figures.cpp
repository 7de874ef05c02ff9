#include "server/figures.hpp"

namespace partwise {

Figures take_figures(const FigureSources& sources) {
  return {.metadata = sources.metadata.figures(),
          .volume = sources.blobs.status(),
          .workers = sources.workers.load(),
          .sweeper = sources.sweeper.figures(),
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
}

}  // namespace partwise
