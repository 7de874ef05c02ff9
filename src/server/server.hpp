#pragma once

// One running server: every resource of it, in the order in which they stand on each other.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <memory>
#include <optional>
#include <string>

#include "api/dispatcher.hpp"
#include "base/call_after.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/thread_pool.hpp"
#include "core/account_service.hpp"
#include "core/authenticator.hpp"
#include "core/clock_guard.hpp"
#include "core/content_intake.hpp"
#include "core/file_service.hpp"
#include "core/lease_table.hpp"
#include "core/online_checker.hpp"
#include "core/rate_limiter.hpp"
#include "core/reaper.hpp"
#include "core/scrubber.hpp"
#include "core/stream_registry.hpp"
#include "core/sweeper.hpp"
#include "core/upload_service.hpp"
#include "http/listener.hpp"
#include "server/blob_backend.hpp"
#include "server/certificate.hpp"
#include "server/data_directory.hpp"
#include "server/metadata.hpp"
#include "server/metrics.hpp"
#include "server/settings.hpp"

namespace partwise {

class Server {
 public:
  Server(const ServeConfig& config, Log& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens the data directory and the stores, makes a first key where there is none, and listens.
  // The error's message is one line for the operator.
  [[nodiscard]] Result<> start();

  // Serves until a signal ended it. Returns the exit code.
  [[nodiscard]] int run();

 private:
  [[nodiscard]] Result<> open_all();
  [[nodiscard]] Result<> open_stores();
  void build_services();
  [[nodiscard]] FigureSources figure_sources();
  [[nodiscard]] Result<> open_keys(bool lacks_key);
  [[nodiscard]] Result<> open_listeners();
  [[nodiscard]] http::SessionParts session_parts(http::Handler& handler,
                                                 const http::HttpLimits& limits);
  [[nodiscard]] UploadServiceParts upload_service_parts();
  [[nodiscard]] FileServiceParts file_service_parts();
  [[nodiscard]] CallAfter call_after();
  [[nodiscard]] Result<> readiness() const;

  // Runs `task` in the background; the loop ends when the last of them has.
  void spawn(std::string name, Task<> task);
  [[nodiscard]] Task<> serve();
  void end_background();
  // Learns of changed keys, and tries again what could not be done at once.
  [[nodiscard]] Task<> keep_house();
  void await_signal();
  void await_reload_signal();
  void on_signal();
  void begin_drain(std::chrono::milliseconds at_most);
  // On any thread: the metadata have failed, and nothing that they say can be believed.
  void on_store_failed();

  // Constant after construction.
  const ServeConfig config_;
  Log& log_;
  const http::HttpLimits http_limits_;
  const http::HttpLimits metrics_limits_;

  // In the order of their dependence; destroyed in the opposite one.
  SystemClock clock_;
  SystemRandom random_;
  const RunId run_;
  std::unique_ptr<FileSystem> files_;
  std::unique_ptr<DataDirectory> data_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_{loop_};
  boost::asio::signal_set reload_signals_{loop_};
  std::unique_ptr<ThreadPool> workers_;
  std::unique_ptr<Metadata> metadata_;
  std::unique_ptr<BlobBackend> blobs_;
  StreamRegistry streams_;
  ClockGuard guard_;
  LeaseTable leases_;
  std::optional<Authenticator> authenticator_;
  std::optional<AccountService> accounts_;
  std::optional<RateLimiter> rate_limiter_;
  std::optional<RequestSlots> request_slots_;
  std::optional<Reaper> reaper_;
  std::optional<ContentIntake> intake_;
  std::optional<ContentChecker> checker_;
  std::optional<UploadService> uploads_;
  std::optional<FileService> file_service_;
  std::optional<Sweeper> sweeper_;
  std::optional<Scrubber> scrubber_;
  std::optional<Metrics> metrics_;
  std::optional<OnlineChecker> online_checker_;
  std::optional<api::Dispatcher> dispatcher_;
  http::Handler handler_;
  http::Handler metrics_handler_;
  http::ErrorRenderer error_renderer_;
  http::BufferPool buffers_;
  std::optional<WakeSignal> housekeeping_;
  std::optional<http::Listener> listener_;
  std::optional<http::Listener> metrics_listener_;  // Where one is asked for.
  std::optional<CertificateReload> certificate_;    // Where there is TLS.
  std::optional<std::string> made_key_;             // To be shown once.

  // Touched on the loop only.
  std::size_t background_tasks_ = 0;
  bool draining_ = false;
  bool signalled_ = false;
  bool ending_ = false;
  int exit_code_ = 0;
};

}  // namespace partwise
