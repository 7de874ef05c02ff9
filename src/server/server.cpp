#include "server/server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <thread>
#include <utility>

#include "server/exit_codes.hpp"
#include "server/first_key.hpp"
#include "server/run_to_end.hpp"

namespace partwise {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kHousekeepingInterval{250};
// After the store has failed: long enough to tell the clients that wait, and no longer.
constexpr std::chrono::milliseconds kFailedDrain{500};
// A few scrapers and probes. The descriptors for them are among those that serve.cpp sets aside.
constexpr std::uint32_t kMetricsConnectionsMax = 32;

std::size_t threads_of(const ServeConfig& config) {
  if (config.threads != 0) return config.threads;
  return std::max<std::size_t>(8, 2 * std::size_t{std::thread::hardware_concurrency()});
}

http::HttpLimits limits_for_metrics(http::HttpLimits limits) {
  limits.connections_max = kMetricsConnectionsMax;
  return limits;
}

}  // namespace

Server::Server(const ServeConfig& config, Log& log)
    : config_(config),
      log_(log),
      http_limits_(config.http),
      metrics_limits_(limits_for_metrics(config.http)),
      run_(RunId::generate(random_)),
      files_(make_posix_file_system()),
      guard_(clock_, log),
      leases_([this] { reaper_->wake(); }),
      buffers_(http_limits_) {}

Server::~Server() = default;

Result<> Server::start() {
  auto started = open_all();
  if (!started && data_) {
    // Nothing was served: the next start must not take this run for one that crashed.
    metadata_.reset();
    (void)data_->mark_clean_stop();  // The error of the start says more.
  }
  return started;
}

Result<> Server::open_all() {
  std::shared_ptr<const http::TlsContext> tls;  // Before anything is made on the disk.
  if (config_.certificate.is_given()) {
    TRY(tls, load_certificate(*files_, config_.certificate));
  }
  // From here on a signal is kept until there is something to reload or to drain.
  reload_signals_.add(SIGHUP);
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  CHECK(open_stores());
  build_services();
  // So that its quotas can be set and its usage be seen before anything is in it. It may exist, and
  // on a full disk it has to wait for its first content.
  (void)run_to_end(loop_, metadata_->accounts().create_project({"default"}, {}));
  TRY(const bool lacks,
      run_to_end(loop_, lacks_key(config_, metadata_->accounts(), metadata_->clock())));
  CHECK(open_listeners());
  // Last: a key that is made is shown, because nothing can fail any more.
  CHECK(open_keys(lacks));
  if (tls) {
    listener_->set_tls(std::move(tls));
    const auto use = [this](auto reloaded) { listener_->set_tls(std::move(reloaded)); };
    certificate_.emplace(config_.certificate, *files_, *workers_, log_, use);
  } else if (!config_.listen.is_loopback()) {
    // Not through the log, whose level may hide it.
    std::cerr << fmt::format(
        "partwise: warning: listening on {} without TLS: keys and content travel in the clear. "
        "Give --tls-certificate and --tls-key, or put a reverse proxy with TLS in front.\n",
        config_.listen.text());
  }
  return {};
}

Result<> Server::open_listeners() {
  if (const auto& asked = config_.metrics_listen) {
    metrics_listener_.emplace(loop_, session_parts(metrics_handler_, metrics_limits_));
    CHECK(metrics_listener_->open({.host = asked->host, .port = asked->port}));
  }
  listener_.emplace(loop_, session_parts(handler_, http_limits_));
  CHECK(listener_->open({.host = config_.listen.host, .port = config_.listen.port}));
  return {};
}

Result<> Server::open_stores() {
  const auto place = is_shared(config_) ? MetadataPlace::elsewhere : MetadataPlace::here;
  TRY(data_, DataDirectory::open(*files_, config_.data_dir, config_.durability, place));
  workers_ = std::make_unique<ThreadPool>(threads_of(config_));
  TRY(metadata_,
      open_metadata({.config = config_,
                     .clock = clock_,
                     .log = log_,
                     .files = *files_,
                     .random = random_,
                     .sqlite_path = data_->metadata_path(),
                     .run = run_,
                     .on_fatal = [this] { on_store_failed(); },
                     .post_to_loop = [this](auto call) { asio::post(loop_, std::move(call)); }}));
  TRY(blobs_, open_blob_backend({.config = config_,
                                 .files = *files_,
                                 .workers = *workers_,
                                 .clock = clock_,
                                 .random = random_,
                                 .log = log_}));
  return {};
}

Result<> Server::open_keys(bool lacks_key) {
  if (lacks_key) {
    TRY(made_key_,
        run_to_end(loop_, make_first_key(config_, metadata_->accounts(), *files_, random_)));
  }
  return run_to_end(loop_, authenticator_->refresh());
}

int Server::run() {
  await_signal();
  await_reload_signal();
  spawn("server", serve());
  if (metrics_listener_) {
    log_.info("metrics on http://" + metrics_listener_->local_address() + "/metrics");
    spawn("metrics", metrics_listener_->run());
  }
  metadata_->endings().listen([this](UploadId id, std::string status) {
    spawn("a cut", uploads_->cut_streams_here(std::move(id), std::move(status)));
  });
  spawn("reaper", reaper_->run());
  spawn("sweeper", sweeper_->run());
  spawn("scrubber", scrubber_->run());
  spawn("housekeeping", keep_house());
  const std::string blobs = blobs_->description();
  std::cout << fmt::format("Partwise {} is listening on {}://{} (data in {}{}, durability {})\n",
                           PARTWISE_VERSION, scheme_of(config_), listener_->local_address(),
                           config_.data_dir, blobs.empty() ? "" : ", blobs in " + blobs,
                           config_.durability == Durability::strict ? "strict" : "relaxed")
            << std::flush;
  if (made_key_) {
    std::cout << first_key_text(config_, listener_->local_address(), *made_key_) << std::flush;
    made_key_.reset();
  } else {
    std::cout << kept_key_text(config_, *files_) << std::flush;
  }
  loop_.restart();
  loop_.run();
  boost::system::error_code ignored;
  reload_signals_.clear(ignored);
  signals_.clear(ignored);  // From here on a signal ends the process, as if there were no handler.
  if (exit_code_ != kExitDone) return exit_code_;
  metadata_.reset();
  if (auto marked = data_->mark_clean_stop(); !marked) {
    log_.error("could not mark the clean stop: " + marked.error().message);
  }
  log_.info("stopped");
  return kExitDone;
}

Task<> Server::serve() {
  co_await listener_->run();
  end_background();
}

// All answers are out: what works in the background may end too.
void Server::end_background() {
  ending_ = true;
  reaper_->stop();
  sweeper_->stop();
  blobs_->stop();
  housekeeping_->wake();
  // Answers as long as there is something to say, during a drain above all.
  if (metrics_listener_) metrics_listener_->drain();
}

Task<> Server::keep_house() {
  while (!ending_) {
    const auto refreshed = co_await authenticator_->refresh();
    if (!refreshed) log_.warning("could not read the keys: " + refreshed.error().message);
    co_await intake_->release_abandoned();
    co_await housekeeping_->wait(kHousekeepingInterval);
  }
}

void Server::spawn(std::string name, Task<> task) {
  ++background_tasks_;
  auto on_end = [this, name = std::move(name)](std::exception_ptr error) {
    if (error) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& exception) {
        log_.error(fmt::format("{} failed: {}", name, exception.what()));
      }
      exit_code_ = kExitInternal;
      begin_drain(kFailedDrain);
      end_background();
    }
    // Timers that nobody waits for any more would keep the loop running.
    if (--background_tasks_ == 0) loop_.stop();
  };
  asio::co_spawn(loop_, std::move(task), std::move(on_end));
}

void Server::await_signal() {
  signals_.async_wait([this](boost::system::error_code error, int) {
    if (!error) on_signal();
  });
}

void Server::await_reload_signal() {
  reload_signals_.async_wait([this](boost::system::error_code error, int) {
    if (error) return;
    if (certificate_) {
      spawn("the reload of the certificate", certificate_->run());
    } else {
      log_.info("SIGHUP: there is no certificate to reload");
    }
    await_reload_signal();
  });
}

void Server::on_signal() {
  if (signalled_) {
    log_.warning("a second signal: ending at once");
    ::_exit(kExitNo);
  }
  signalled_ = true;
  log_.info(fmt::format("draining: {} connections, at most {} s", listener_->connections(),
                        config_.drain_time.count()));
  begin_drain(config_.drain_time);
  await_signal();
}

void Server::begin_drain(std::chrono::milliseconds at_most) {
  draining_ = true;
  uploads_->stop();
  online_checker_->stop();
  scrubber_->stop();
  listener_->drain();
  call_after()(at_most, [this] {
    blobs_->stop();
    listener_->abort_all();
    if (metrics_listener_) metrics_listener_->abort_all();
  });
}

void Server::on_store_failed() {
  asio::post(loop_, [this] {
    exit_code_ = kExitInternal;
    if (listener_) begin_drain(kFailedDrain);
  });
}

Result<> Server::readiness() const {
  if (draining_) return fail(ErrorCode::unavailable, "The server is draining.");
  if (blobs_->store().status().degraded) {
    return fail(ErrorCode::unavailable,
                "The disk has failed; restart the server once it is mended.");
  }
  return metadata_->readiness();
}

}  // namespace partwise
