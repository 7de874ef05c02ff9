#include "server/metric_families.hpp"

#include <limits>
#include <string>
#include <utility>

namespace partwise {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// One series: its labels, and its value.
struct Series {
  Labels labels;
  double value = 0;
};

double number(std::uint64_t count) { return static_cast<double>(count); }

MetricFamily family(MetricType type, std::string name, std::string help,
                    std::vector<Series> series) {
  MetricFamily made{.name = std::move(name), .help = std::move(help), .type = type, .metric = {}};
  for (Series& one : series) {
    ClientMetric metric;
    metric.label = std::move(one.labels);
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = one.value;
    made.metric.push_back(std::move(metric));
  }
  return made;
}

MetricFamily counter(std::string name, std::string help, std::vector<Series> series) {
  return family(MetricType::Counter, std::move(name), std::move(help), std::move(series));
}

MetricFamily counter(std::string name, std::string help, std::uint64_t count) {
  return counter(std::move(name), std::move(help), {{{}, number(count)}});
}

MetricFamily gauge(std::string name, std::string help, std::vector<Series> series) {
  return family(MetricType::Gauge, std::move(name), std::move(help), std::move(series));
}

MetricFamily gauge(std::string name, std::string help, std::uint64_t level) {
  return gauge(std::move(name), std::move(help), {{{}, number(level)}});
}

MetricFamily commit_sizes(const SqliteBatches& batches) {
  ClientMetric metric;
  std::uint64_t commits = 0;
  for (std::size_t i = 0; i < batches.commits.size(); ++i) {
    const bool bounded = i < SqliteBatches::kLengthsUpTo.size();
    commits += batches.commits.at(i);
    metric.histogram.bucket.push_back(
        {.cumulative_count = commits,
         .upper_bound = bounded ? number(SqliteBatches::kLengthsUpTo.at(i))
                                : std::numeric_limits<double>::infinity()});
  }
  metric.histogram.sample_count = commits;
  metric.histogram.sample_sum = number(batches.operations);
  return {.name = "partwise_metadata_commit_operations",
          .help = "Operations that shared one commit.",
          .type = MetricType::Histogram,
          .metric = {std::move(metric)}};
}

void add_server(std::vector<MetricFamily>& families, const Figures& figures) {
  families.push_back(gauge("partwise_build_info", "Always 1; the label is the version that runs.",
                           {{{{"version", PARTWISE_VERSION}}, 1}}));
  families.push_back(
      gauge("partwise_ready", "1 where /readyz says so, else 0.", std::uint64_t{figures.ready}));
  families.push_back(gauge("partwise_http_connections", "Open connections.",
                           {{{{"listener", "api"}}, number(figures.connections.api)},
                            {{{"listener", "metrics"}}, number(figures.connections.metrics)}}));
  families.push_back(gauge("partwise_upload_streams",
                           "Requests that add a part or complete an upload, right now.",
                           figures.streams));
  families.push_back(
      gauge("partwise_worker_threads", "Threads for blocking work.", figures.workers.threads));
  families.push_back(gauge("partwise_worker_threads_busy", "Those of them that work right now.",
                           figures.workers.busy));
  families.push_back(gauge("partwise_worker_queue_jobs", "Blocking work that waits for a thread.",
                           figures.workers.queued));
  families.push_back(counter("partwise_log_dropped_lines_total",
                             "Lines of the log that were lost because its reader was too slow.",
                             figures.dropped_log_lines));
}

MetricFamily upload_changes(const MetadataChanges& changes) {
  return counter("partwise_uploads_total", "Uploads that came into this state since the start.",
                 {{{{"state", "created"}}, number(changes.uploads_created)},
                  {{{"state", "completed"}}, number(changes.uploads_completed)},
                  {{{"state", "cancelled"}}, number(changes.uploads_cancelled)},
                  {{{"state", "expired"}}, number(changes.uploads_expired)}});
}

void add_metadata(std::vector<MetricFamily>& families, const SqliteFigures& metadata) {
  families.push_back(upload_changes(metadata.changes));
  families.push_back(gauge("partwise_metadata_queue_operations",
                           "Operations that wait for the thread that writes, or that lists.",
                           {{{{"queue", "writer"}}, number(metadata.writer_queue_length)},
                            {{{"queue", "reader"}}, number(metadata.reader_queue_length)}}));
  families.push_back(commit_sizes(metadata.batches));
  families.push_back(gauge("partwise_metadata_wal_bytes",
                           "Of the write-ahead log, what was in use after the last commit.",
                           metadata.log_bytes));
  families.push_back(gauge("partwise_reap_jobs",
                           "Ended uploads and deleted files whose bytes are still to be removed.",
                           metadata.reap_jobs_waiting));
}

void add_postgres(std::vector<MetricFamily>& families, const PostgresFigures& metadata) {
  families.push_back(upload_changes(metadata.changes));
  families.push_back(gauge("partwise_metadata_queue_operations",
                           "Operations that wait for a connection to the database.",
                           {{{{"queue", "verbs"}}, number(metadata.queue_length)},
                            {{{"queue", "lists"}}, number(metadata.list_queue_length)}}));
  families.push_back(counter("partwise_metadata_commits_total", "Transactions that were committed.",
                             metadata.commits));
  families.push_back(counter("partwise_metadata_unknown_commits_total",
                             "Commits whose answer was lost, and that were looked up.",
                             metadata.unknown_commits));
  families.push_back(counter("partwise_metadata_repeated_total",
                             "Times that a transaction was tried again.", metadata.repeated));
  families.push_back(counter("partwise_metadata_connects_total",
                             "Connections to the database that were made.", metadata.connects));
}

void add_removal(std::vector<MetricFamily>& families, const Figures& figures) {
  families.push_back(counter("partwise_sweeper_expired_total",
                             "What the sweeper found overdue and expired.",
                             {{{{"object", "upload"}}, number(figures.sweeper.expired_uploads)},
                              {{{"object", "file"}}, number(figures.sweeper.expired_files)}}));
  families.push_back(counter("partwise_sweeper_forgotten_total",
                             "Rows of old ended uploads and deleted files that were forgotten.",
                             figures.sweeper.forgotten));
  families.push_back(counter("partwise_sweeper_failed_passes_total",
                             "Passes of the sweeper that failed, and were tried again.",
                             figures.sweeper.failed_passes));
  families.push_back(counter("partwise_reaper_removed_blobs_total",
                             "Blobs whose bytes were removed.", figures.reaped_blobs));
  families.push_back(counter("partwise_reaper_failed_passes_total",
                             "Passes of the reaper that failed, and were tried again.",
                             figures.failed_reaper_passes));
  families.push_back(gauge("partwise_reaper_waits_for_backup",
                           "1 while nothing is removed because a backup is made, else 0.",
                           std::uint64_t{figures.reaper_waits_for_backup}));
  families.push_back(counter("partwise_clock_pauses_total",
                             "How often the wall clock jumped, so that expiry paused.",
                             figures.clock_pauses));
  families.push_back(gauge("partwise_clock_paused", "1 while expiry is paused for that, else 0.",
                           std::uint64_t{figures.clock_paused}));
  families.push_back(gauge("partwise_volume_degraded",
                           "1 once the volume of the content has failed, until a restart.",
                           std::uint64_t{figures.volume.degraded}));
  families.push_back(gauge("partwise_volume_free_bytes",
                           "Free space of the volume of the content, as of the last look.",
                           figures.volume.free_bytes));
}

void add_scrub(std::vector<MetricFamily>& families, const ScrubberFigures& scrubber) {
  families.push_back(counter("partwise_scrub_read_bytes_total",
                             "Content that the scrubber has read.", scrubber.read_bytes));
  families.push_back(counter("partwise_scrub_read_blobs_total",
                             "Blobs that the scrubber has read whole.", scrubber.read_blobs));
  families.push_back(counter("partwise_scrub_findings_total",
                             "Blobs that the scrubber found damaged, missing or unreadable.",
                             {{{{"kind", "damaged"}}, number(scrubber.damaged)},
                              {{{"kind", "missing"}}, number(scrubber.missing)},
                              {{{"kind", "unreadable"}}, number(scrubber.unreadable)}}));
  families.push_back(gauge("partwise_scrub_damaged_blobs",
                           "Of any of these kinds, what the last full pass found, or the one under "
                           "way where that is more.",
                           scrubber.damaged_blobs));
  families.push_back(
      gauge("partwise_scrub_last_pass_timestamp_seconds",
            "When the last full pass of the scrubber ended, in Unix seconds; 0: never.",
            static_cast<std::uint64_t>(unix_seconds(scrubber.last_pass_at))));
}

void add_storage(std::vector<MetricFamily>& families, const StorageFigures& storage) {
  families.push_back(gauge("partwise_stored_bytes",
                           "Content of files and of pending uploads, of all projects.",
                           storage.stored_bytes));
  families.push_back(gauge("partwise_pending_bytes", "Of these, the parts of pending uploads.",
                           storage.pending_bytes));
  families.push_back(gauge("partwise_reclaimable_bytes",
                           "Content of what has ended, and is still to be removed.",
                           storage.reclaimable_bytes));
  families.push_back(gauge("partwise_uploads", "Uploads that can still be read, by their state.",
                           {{{{"state", "pending"}}, number(storage.pending_uploads)},
                            {{{"state", "completed"}}, number(storage.completed_uploads)},
                            {{{"state", "cancelled"}}, number(storage.cancelled_uploads)},
                            {{{"state", "expired"}}, number(storage.expired_uploads)}}));
  families.push_back(gauge("partwise_files", "Living files, of all projects.", storage.files));
}

}  // namespace

std::vector<MetricFamily> metric_families(const Figures& figures) {
  std::vector<MetricFamily> families;
  add_server(families, figures);
  if (figures.postgres) {
    add_postgres(families, *figures.postgres);
  } else {
    add_metadata(families, figures.metadata);
  }
  add_removal(families, figures);
  add_scrub(families, figures.scrubber);
  if (figures.storage) add_storage(families, *figures.storage);
  return families;
}

}  // namespace partwise
