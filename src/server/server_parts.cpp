// How the parts of the server are put together.

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <utility>

#include "server/content_validation.hpp"
#include "server/server.hpp"

namespace partwise {

namespace {

// On a store that many nodes share: no stream that keeps to the lowest rate is given up, and each
// is given up well before its intent is.
constexpr CoreLimits kCore;
constexpr http::HttpLimits kHttp;
static_assert(std::chrono::seconds{kCore.file_bytes_max / kHttp.body_rate_min_bytes_per_s} +
                  kHttp.body_grace <=
              kCore.stream_life_max);
static_assert(kCore.stream_life_max + std::chrono::hours{1} <= kCore.intent_life);

}  // namespace

http::SessionParts Server::session_parts(http::Handler& handler, const http::HttpLimits& limits) {
  return {.handler = handler,
          .render_error = error_renderer_,
          .workers = *workers_,
          .buffers = buffers_,
          .clock = clock_,
          .random = random_,
          .log = log_,
          .limits = limits,
          .observer = &metrics_->request_observer()};
}

void Server::build_services() {
  reaper_.emplace(ReaperParts{.garbage = metadata_->garbage(),
                              .blobs = blobs_->store(),
                              .leases = leases_,
                              .guard = guard_,
                              .clock = clock_,
                              .log = log_,
                              .call_after = call_after(),
                              .run = run_,
                              .limits = {.hold = config_.core.expiry_hold}});
  const auto wake_reaper = [this] { reaper_->wake(); };
  std::optional<std::chrono::seconds> stream_life_max;
  if (is_shared(config_)) stream_life_max = config_.core.stream_life_max;
  intake_.emplace(ContentIntakeParts{.garbage = metadata_->garbage(),
                                     .blobs = blobs_->store(),
                                     .log = log_,
                                     .wake_reaper = wake_reaper,
                                     .run = run_,
                                     .clock = clock_,
                                     .stream_life_max = stream_life_max});
  checker_.emplace(blobs_->store(), *workers_, make_content_check(config_.validation));
  uploads_.emplace(upload_service_parts());
  file_service_.emplace(file_service_parts());
  sweeper_.emplace(SweeperParts{
      .garbage = metadata_->garbage(),
      .guard = guard_,
      .clock = metadata_->clock(),
      .log = log_,
      .call_after = call_after(),
      .on_expired = [this](UploadId id) { return uploads_->cut_streams(id, "expired", nullptr); },
      .wake_reaper = wake_reaper,
      .limits = {.ended_upload_ttl = config_.core.ended_upload_ttl}});
  scrubber_.emplace(ScrubberParts{
      .catalog = metadata_->catalog(),
      .blobs = blobs_->store(),
      .files = *files_,
      .record_path = config_.data_dir + "/scrub",
      .workers = *workers_,
      .clock = clock_,
      .log = log_,
      .call_after = call_after(),
      .limits = {.rate_bytes_per_s = config_.scrub_rate, .interval = config_.scrub_interval}});
  authenticator_.emplace(metadata_->accounts(), metadata_->clock(), config_.api_key);
  accounts_.emplace(metadata_->accounts(), *authenticator_, random_);
  rate_limiter_.emplace(config_.requests_per_minute, clock_);
  request_slots_.emplace(config_.requests_per_key_max);
  metrics_.emplace(figure_sources(), *workers_);
  online_checker_.emplace(metadata_->catalog(), blobs_->live());
  api::ApiLimits api_limits;
  api_limits.part_bytes_max = config_.core.part_bytes_max;
  api_limits.file_bytes_max = config_.core.file_bytes_max;
  dispatcher_.emplace(api::Services{.uploads = *uploads_,
                                    .files = *file_service_,
                                    .blobs = blobs_->store(),
                                    .streams = streams_,
                                    .accounts = *accounts_,
                                    .online_checker = *online_checker_,
                                    .limits = api_limits,
                                    .readiness = [this] { return readiness(); },
                                    .metrics = [this] { return metrics_->text(); }},
                      api::Admission{.authenticator = *authenticator_,
                                     .rate_limiter = *rate_limiter_,
                                     .slots = *request_slots_},
                      clock_, log_);
  handler_ = api::with_cors(config_.cors, dispatcher_->handler());
  metrics_handler_ = dispatcher_->operation_handler();
  error_renderer_ = api::with_cors(config_.cors, api::Dispatcher::error_renderer());
  housekeeping_.emplace(call_after());
}

FigureSources Server::figure_sources() {
  const auto connections_of = [](const std::optional<http::Listener>& listener) {
    return listener ? listener->connections() : 0;
  };
  return {.metadata = *metadata_,
          .blobs = blobs_->store(),
          .workers = *workers_,
          .sweeper = *sweeper_,
          .scrubber = *scrubber_,
          .reaper = *reaper_,
          .guard = guard_,
          .streams = streams_,
          .log = log_,
          .readiness = [this] { return readiness(); },
          .connections =
              [this, connections_of] {
                return ConnectionCounts{.api = connections_of(listener_),
                                        .metrics = connections_of(metrics_listener_)};
              },
          .storage = [this] { return storage_figures(metadata_->accounts()); }};
}

UploadServiceParts Server::upload_service_parts() {
  return {.uploads = metadata_->uploads(),
          .intake = *intake_,
          .checker = *checker_,
          .blobs = blobs_->store(),
          .streams = streams_,
          .endings = metadata_->endings(),
          .clock = metadata_->clock(),
          .random = random_,
          .log = log_,
          .workers = *workers_,
          .call_after = call_after(),
          .wake_reaper = [this] { reaper_->wake(); },
          .due_at = [this](Timestamp time) { sweeper_->due_at(time); },
          .limits = config_.core,
          .md5 = config_.md5};
}

FileServiceParts Server::file_service_parts() {
  return {.uploads = metadata_->uploads(),
          .intake = *intake_,
          .checker = *checker_,
          .leases = leases_,
          .random = random_,
          .wake_reaper = [this] { reaper_->wake(); },
          .due_at = [this](Timestamp time) { sweeper_->due_at(time); },
          .limits = config_.core,
          .download_policy = config_.download_policy};
}

CallAfter Server::call_after() {
  return [this](std::chrono::milliseconds after, std::move_only_function<void()> call) {
    auto timer = std::make_shared<boost::asio::steady_timer>(loop_, after);
    timer->async_wait([timer, call = std::move(call)](boost::system::error_code error) mutable {
      if (!error) call();
    });
  };
}

}  // namespace partwise
