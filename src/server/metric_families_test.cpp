#include "server/metric_families.hpp"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <string>

namespace partwise {

namespace {

// Whether one line of the text is exactly `line`.
bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

std::string text_of(const Figures& figures) {
  return prometheus::TextSerializer().Serialize(metric_families(figures));
}

// A different number for each.
Figures distinct_figures() {
  Figures figures;
  figures.metadata.changes = {.uploads_created = 1,
                              .uploads_completed = 2,
                              .uploads_cancelled = 3,
                              .uploads_expired = 4,
                              .reap_jobs_made = 5,
                              .reap_jobs_done = 6};
  figures.metadata.reap_jobs_waiting = 7;
  figures.metadata.log_bytes = 8;
  figures.metadata.writer_queue_length = 9;
  figures.metadata.reader_queue_length = 10;
  figures.volume = {.degraded = true, .free_bytes = 123'456'789'012};
  figures.workers = {.threads = 11, .busy = 12, .queued = 13};
  figures.sweeper = {
      .expired_uploads = 14, .expired_files = 15, .forgotten = 16, .failed_passes = 17};
  figures.scrubber = {.read_blobs = 31,
                      .read_bytes = 32,
                      .missing = 33,
                      .damaged = 34,
                      .unreadable = 35,
                      .damaged_blobs = 36,
                      .last_pass_at = from_unix_seconds(1'764'130'000)};
  figures.reaped_blobs = 18;
  figures.failed_reaper_passes = 19;
  figures.reaper_waits_for_backup = true;
  figures.clock_pauses = 20;
  figures.clock_paused = true;
  figures.streams = 21;
  figures.connections = {.api = 22, .metrics = 23};
  figures.dropped_log_lines = 24;
  figures.ready = true;
  return figures;
}

}  // namespace

TEST(MetricFamilies, EveryFigureStandsUnderItsOwnName) {
  const std::string text = text_of(distinct_figures());
  for (const std::string& line : {
           "partwise_uploads_total{state=\"created\"} 1",
           "partwise_uploads_total{state=\"completed\"} 2",
           "partwise_uploads_total{state=\"cancelled\"} 3",
           "partwise_uploads_total{state=\"expired\"} 4",
           "partwise_reap_jobs 7",
           "partwise_metadata_wal_bytes 8",
           "partwise_metadata_queue_operations{queue=\"writer\"} 9",
           "partwise_metadata_queue_operations{queue=\"reader\"} 10",
           "partwise_worker_threads 11",
           "partwise_worker_threads_busy 12",
           "partwise_worker_queue_jobs 13",
           "partwise_sweeper_expired_total{object=\"upload\"} 14",
           "partwise_sweeper_expired_total{object=\"file\"} 15",
           "partwise_sweeper_forgotten_total 16",
           "partwise_sweeper_failed_passes_total 17",
           "partwise_scrub_read_blobs_total 31",
           "partwise_scrub_read_bytes_total 32",
           "partwise_scrub_findings_total{kind=\"missing\"} 33",
           "partwise_scrub_findings_total{kind=\"damaged\"} 34",
           "partwise_scrub_findings_total{kind=\"unreadable\"} 35",
           "partwise_scrub_damaged_blobs 36",
           "partwise_scrub_last_pass_timestamp_seconds 1764130000",
           "partwise_reaper_removed_blobs_total 18",
           "partwise_reaper_failed_passes_total 19",
           "partwise_reaper_waits_for_backup 1",
           "partwise_clock_pauses_total 20",
           "partwise_clock_paused 1",
           "partwise_upload_streams 21",
           "partwise_http_connections{listener=\"api\"} 22",
           "partwise_http_connections{listener=\"metrics\"} 23",
           "partwise_log_dropped_lines_total 24",
           "partwise_ready 1",
           "partwise_volume_degraded 1",
           "partwise_volume_free_bytes 123456789012",
           "partwise_build_info{version=\"" PARTWISE_VERSION "\"} 1",
       }) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

TEST(MetricFamilies, WhatIsStoredIsSaidOnlyWhereItIsKnown) {
  Figures figures;
  EXPECT_EQ(text_of(figures).find("partwise_stored_bytes"), std::string::npos);
  figures.storage = {.stored_bytes = 30,
                     .pending_bytes = 20,
                     .reclaimable_bytes = 10,
                     .pending_uploads = 1,
                     .completed_uploads = 2,
                     .cancelled_uploads = 3,
                     .expired_uploads = 4,
                     .files = 5};
  const std::string text = text_of(figures);
  EXPECT_TRUE(has_line(text, "partwise_stored_bytes 30"));
  EXPECT_TRUE(has_line(text, "partwise_pending_bytes 20"));
  EXPECT_TRUE(has_line(text, "partwise_reclaimable_bytes 10"));
  EXPECT_TRUE(has_line(text, "partwise_uploads{state=\"pending\"} 1"));
  EXPECT_TRUE(has_line(text, "partwise_uploads{state=\"completed\"} 2"));
  EXPECT_TRUE(has_line(text, "partwise_uploads{state=\"cancelled\"} 3"));
  EXPECT_TRUE(has_line(text, "partwise_uploads{state=\"expired\"} 4"));
  EXPECT_TRUE(has_line(text, "partwise_files 5"));
}

TEST(MetricFamilies, CommitsAreAHistogramOfTheirOperations) {
  Figures figures;
  for (const std::size_t length : {1U, 1U, 3U, 300U}) figures.metadata.batches.add(length);
  const std::string text = text_of(figures);
  const std::string name = "partwise_metadata_commit_operations";
  for (const std::string& line :
       {name + "_bucket{le=\"1\"} 2", name + "_bucket{le=\"2\"} 2", name + "_bucket{le=\"4\"} 3",
        name + "_bucket{le=\"256\"} 3", name + "_bucket{le=\"+Inf\"} 4", name + "_count 4",
        name + "_sum 305"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

}  // namespace partwise
