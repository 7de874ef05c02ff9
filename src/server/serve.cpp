#include "server/serve.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>

#include "server/exit_codes.hpp"
#include "server/server.hpp"
#include "server/spdlog_log.hpp"

namespace partwise {

namespace {

// The directories of the blobs, the metadata, and what the libraries hold.
constexpr rlim_t kFixedDescriptors = 320;
constexpr rlim_t kDescriptorsMin = 512;

// Each connection is a descriptor, and its content up to two more, the blob that is sent and the
// one ahead: at most a third of them go to connections, so that idle ones cannot take those that
// the busy ones need. Error: the limit is too low to serve.
Result<> fit_to_descriptors(ServeConfig& config, Log& log) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  if (limit.rlim_cur < kDescriptorsMin) {
    return fail(ErrorCode::invalid_request,
                fmt::format("this process may open {} files, and needs at least {} (ulimit -n).",
                            limit.rlim_cur, kDescriptorsMin));
  }
  const rlim_t connections_max = (limit.rlim_cur - kFixedDescriptors) / 3;
  if (config.http.connections_max <= connections_max) return {};
  log.debug(
      fmt::format("serving at most {} connections instead of {}: this process may open {} files",
                  connections_max, config.http.connections_max, limit.rlim_cur));
  config.http.connections_max = static_cast<std::uint32_t>(connections_max);
  return {};
}

}  // namespace

int run_serve(ServeConfig config) {
  std::signal(SIGPIPE, SIG_IGN);  // A client that went away is an error code of its own transfer.
  SpdlogLog log(std::cerr, config.log_level, config.log_format);
  if (auto fitted = fit_to_descriptors(config, log); !fitted) {
    std::cerr << "partwise: " << fitted.error().message << '\n';
    return kExitUsage;
  }
  Server server(config, log);
  if (auto started = server.start(); !started) {
    std::cerr << "partwise: " << started.error().message << '\n';
    return kExitUsage;
  }
  return server.run();
}

}  // namespace partwise
