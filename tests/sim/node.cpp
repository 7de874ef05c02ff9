#include "node.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "api/error_response.hpp"
#include "api/json_response.hpp"
#include "api/wire_mapping.hpp"

namespace partwise::sim {

namespace {

constexpr Milliseconds kHousekeepingInterval{250};
// Of online checks, where no request comes.
constexpr Milliseconds kCheckInterval{60'000};
// Of a run that is over: far more than all its requests together need.
constexpr std::uint64_t kStepsToEndMax = 200'000;

// A read in each fifth of a second, several for most blobs, and a pass after the other.
constexpr ScrubberLimits kScrubberLimits{.rate_bytes_per_s = 5 * Pace::kReadBytesMin,
                                         .interval = std::chrono::seconds{30},
                                         .burst_bytes = 400,
                                         .save_interval = std::chrono::seconds{5},
                                         .error_wait = Milliseconds{2'000}};

http::HttpLimits small_http_limits() {
  http::HttpLimits limits;
  limits.head_bytes_max = 2048;
  limits.small_buffer_bytes = 2048;
  limits.large_buffer_bytes = 4096;
  limits.large_buffers_max = 1;
  limits.large_buffers_kept_max = 1;
  limits.burst_bytes_max = 512;
  limits.discard_bytes_max = 4096;
  return limits;
}

// The upload that a cancel is about.
UploadId cancelled_by(const std::string& path) {
  const std::size_t end = path.find_last_of('/');
  const std::size_t begin = path.find_last_of('/', end - 1) + 1;
  return {path.substr(begin, end - begin)};
}

}  // namespace

void TraceLog::write(LogLevel, std::string_view message) {
  trace_.tell(fmt::format("log: {}", message));
}

void SimEndings::announce(const UploadId& upload, std::string_view status) {
  known_.insert(upload);
  tell_(owner_, upload, status);
}

void SimEndings::hear(const UploadId& upload, const std::string& status) {
  known_.insert(upload);
  hear_(upload, status);
}

Result<std::unique_ptr<Node>> Node::start(const NodeParts& parts, Owner owner) {
  std::unique_ptr<Node> node(new Node(parts, owner));
  TRY(node->blobs_, DiskBlobStore::open({.files = node->files_,
                                         .workers = node->workers_,
                                         .log = node->log_,
                                         .data_directory = "data",
                                         .durability = Durability::strict,
                                         .limits = parts.disk_limits}));
  node->build();
  node->serve();
  return node;
}

Node::Node(const NodeParts& parts, Owner owner)
    : parts_(parts),
      owner_(owner),
      http_limits_(small_http_limits()),
      log_(parts.trace),
      files_(parts.disk, parts.scheduler, owner, parts.mutation),
      workers_(parts.scheduler, owner),
      endings_(owner, parts.tell),
      store_({.engine = parts.engine,
              .scheduler = parts.scheduler,
              .dice = parts.dice,
              .owner = owner,
              .faults = parts.store_faults,
              .mutation = parts.mutation,
              .node_clock = parts.clock,
              .knows_ended = [this](const UploadId& upload) { return endings_.knows(upload); },
              .on_commit = parts.on_commit,
              .on_failed = [this] { store_failed_ = true; }}),
      run_(RunId::generate(parts.random)),
      guard_(parts.clock, log_),
      leases_([this] { reaper_->wake(); }),
      buffers_(http_limits_) {
  parts_.scheduler.add_loop(loop_, owner_);
}

Node::~Node() { parts_.scheduler.remove_loop(loop_); }

void Node::build() {
  const auto call_after = parts_.scheduler.call_after(owner_);
  const auto wake_reaper = [this] { reaper_->wake(); };
  const auto due_at = [this](Timestamp time) { sweeper_->due_at(time); };
  const bool ignores_leases = parts_.mutation == Mutation::lease_ignored;
  std::optional<std::chrono::seconds> stream_life;
  if (is_shared()) stream_life = parts_.limits.stream_life_max;
  reaper_.emplace(ReaperParts{.garbage = store_,
                              .blobs = *blobs_,
                              .leases = ignores_leases ? no_leases_ : leases_,
                              .guard = guard_,
                              .clock = parts_.clock,
                              .log = log_,
                              .call_after = call_after,
                              .run = run_,
                              .limits = {.batch_blobs_max = 3, .hold = parts_.limits.expiry_hold}});
  intake_.emplace(ContentIntakeParts{.garbage = store_,
                                     .blobs = *blobs_,
                                     .log = log_,
                                     .wake_reaper = wake_reaper,
                                     .run = run_,
                                     .clock = parts_.clock,
                                     .stream_life_max = stream_life});
  checker_.emplace(*blobs_, workers_, MakeContentCheck{});
  uploads_.emplace(UploadServiceParts{.uploads = store_,
                                      .intake = *intake_,
                                      .checker = *checker_,
                                      .blobs = *blobs_,
                                      .streams = streams_,
                                      .endings = endings_,
                                      .clock = parts_.clock,
                                      .random = parts_.random,
                                      .log = log_,
                                      .workers = workers_,
                                      .call_after = call_after,
                                      .wake_reaper = wake_reaper,
                                      .due_at = due_at,
                                      .limits = parts_.limits,
                                      .md5 = parts_.md5});
  file_service_.emplace(FileServiceParts{.uploads = store_,
                                         .intake = *intake_,
                                         .checker = *checker_,
                                         .leases = leases_,
                                         .random = parts_.random,
                                         .wake_reaper = wake_reaper,
                                         .due_at = due_at,
                                         .limits = parts_.limits});
  sweeper_.emplace(SweeperParts{
      .garbage = store_,
      .guard = guard_,
      .clock = parts_.clock,
      .log = log_,
      .call_after = call_after,
      .on_expired = [this](UploadId id) { return uploads_->cut_streams(id, "expired", nullptr); },
      .wake_reaper = wake_reaper,
      .limits = {.batch_rows_max = 4, .ended_upload_ttl = parts_.limits.ended_upload_ttl}});
  endings_.listen([this](UploadId id, std::string status) {
    if (!ending_) spawn(uploads_->cut_streams_here(std::move(id), std::move(status)));
  });
  if (parts_.scrubs) build_scrubber();
  authenticator_.emplace(store_, parts_.clock, kKey);
  build_api();
  housekeeping_.emplace(call_after);
  next_check_.emplace(call_after);
}

void Node::build_scrubber() {
  scrubber_.emplace(ScrubberParts{.catalog = store_,
                                  .blobs = *blobs_,
                                  .files = files_,
                                  .record_path = "data/scrub",
                                  .workers = workers_,
                                  .clock = parts_.clock,
                                  .log = log_,
                                  .call_after = parts_.scheduler.call_after(owner_),
                                  .limits = kScrubberLimits});
}

void Node::build_api() {
  accounts_.emplace(store_, *authenticator_, parts_.random);
  rate_limiter_.emplace(0, parts_.clock);
  slots_.emplace(0);
  // Small, so that a walk has many pages and a check many passes.
  const OnlineCheckLimits check_limits{.keys_max = 6, .page_blobs_max = 3, .sizes_max = 2};
  live_blobs_.emplace(files_, workers_, "data");
  online_checker_.emplace(store_, *live_blobs_, check_limits);
  const bool enters_nowhere = parts_.mutation == Mutation::stream_not_entered;
  api::ApiLimits api_limits;
  api_limits.part_bytes_max = parts_.limits.part_bytes_max;
  api_limits.file_bytes_max = parts_.limits.file_bytes_max;
  dispatcher_.emplace(
      api::Services{.uploads = *uploads_,
                    .files = *file_service_,
                    .blobs = *blobs_,
                    .streams = enters_nowhere ? other_streams_ : streams_,
                    .accounts = *accounts_,
                    .online_checker = *online_checker_,
                    .limits = api_limits,
                    .readiness = [] { return Result<>{}; }},
      api::Admission{
          .authenticator = *authenticator_, .rate_limiter = *rate_limiter_, .slots = *slots_},
      parts_.clock, log_);
  handler_ = mutated(dispatcher_->handler());
  error_renderer_ = api::Dispatcher::error_renderer();
}

void Node::serve() {
  spawn(reaper_->run());
  spawn(sweeper_->run());
  if (scrubber_) spawn(scrubber_->run());
  spawn(keep_house());
  if (parts_.checks_online) spawn(check_online());
}

http::Handler Node::mutated(http::Handler handler) {
  if (parts_.mutation == Mutation::cancel_without_cut) {
    return [this, handler = std::move(handler)](http::Exchange& exchange) {
      return exchange.head().path.ends_with("/cancel") ? cancel_without_cut(exchange)
                                                       : handler(exchange);
    };
  }
  if (parts_.mutation == Mutation::news_before_commit) {
    return [this, handler = std::move(handler)](http::Exchange& exchange) {
      const std::string& path = exchange.head().path;
      if (path.ends_with("/cancel")) endings_.announce(cancelled_by(path), "cancelled");
      return handler(exchange);
    };
  }
  if (parts_.mutation == Mutation::answer_of_part_swallowed ||
      parts_.mutation == Mutation::create_refused) {
    return [this, handler = std::move(handler)](http::Exchange& exchange) {
      return answer_wrongly(handler, exchange);
    };
  }
  if (parts_.mutation == Mutation::leave_before_written) {
    return [handler = std::move(handler)](http::Exchange& exchange) -> Task<http::Response> {
      // The handler lives as long as the node, so that this coroutine may refer to it.
      auto answer = [](const http::Handler& real, http::Exchange& asked) -> Task<http::Response> {
        auto response = co_await real(asked);
        response.written_guard.reset();
        co_return response;
      };
      return answer(handler, exchange);
    };
  }
  return handler;
}

Task<http::Response> Node::cancel_without_cut(http::Exchange& exchange) {
  OwnedUploadId id{.project = {"default"}, .id = cancelled_by(exchange.head().path)};
  auto cancelled = co_await store_.cancel_upload(std::move(id));
  if (!cancelled) co_return api::error_response(cancelled.error(), exchange.head());
  reaper_->wake();
  co_return api::json_response(api::to_wire(*cancelled));
}

Task<http::Response> Node::answer_wrongly(const http::Handler& handler, http::Exchange& exchange) {
  const bool is_post = exchange.head().method == "POST";
  const std::string& path = exchange.head().path;
  const bool now = is_post && parts_.dice.chance(50);
  if (parts_.mutation == Mutation::create_refused && now && path == "/v1/uploads") {
    co_return api::error_response({ErrorCode::invalid_request, "No."}, exchange.head());
  }
  auto response = co_await handler(exchange);
  const bool swallows = parts_.mutation == Mutation::answer_of_part_swallowed;
  if (swallows && now && path.ends_with("/parts")) exchange.connection().abort();
  co_return response;
}

Task<> Node::keep_house() {
  while (!ending_) {
    co_await intake_->release_abandoned();
    co_await housekeeping_->wait(kHousekeepingInterval * 40);
  }
}

Task<> Node::check_online() {
  while (!ending_) {
    auto may_go_on = [this]() -> Result<> {
      if (!ending_) return {};
      return fail(ErrorCode::unavailable, "The run is over.");
    };
    const auto report = co_await online_checker_->check(std::move(may_go_on));
    if (report) parts_.on_checked(*report);
    co_await next_check_->wait(kCheckInterval);
  }
}

void Node::spawn(Task<> task) {
  ++background_;
  boost::asio::co_spawn(loop_.executor(), std::move(task), [this](std::exception_ptr error) {
    --background_;
    if (error) std::rethrow_exception(error);
  });
}

void Node::accept(std::shared_ptr<Link> link) {
  std::erase_if(links_, [](const auto& old) { return old.expired(); });
  links_.push_back(link);
  next_check_->wake();
  http::SessionParts session_parts{.handler = handler_,
                                   .render_error = error_renderer_,
                                   .workers = workers_,
                                   .buffers = buffers_,
                                   .clock = parts_.clock,
                                   .random = parts_.random,
                                   .log = log_,
                                   .limits = http_limits_};
  auto session = std::make_shared<http::Session>(session_parts, Link::server_end(std::move(link)));
  ++sessions_;
  boost::asio::co_spawn(loop_.executor(), session->run(),
                        [this, session](std::exception_ptr error) {
                          --sessions_;
                          if (error) std::rethrow_exception(error);
                        });
}

void Node::wake() {
  housekeeping_->wake();
  reaper_->wake();
}

bool Node::end() {
  ending_ = true;
  files_.detach();
  store_.detach();
  for (const auto& weak : links_) {
    if (const auto link = weak.lock()) link->reset();
  }
  reaper_->stop();
  sweeper_->stop();
  if (scrubber_) scrubber_->stop();
  housekeeping_->wake();
  next_check_->wake();
  const bool ended = parts_.scheduler.run_to_end(owner_, kStepsToEndMax);
  return ended && background_ == 0 && sessions_ == 0;
}

}  // namespace partwise::sim
