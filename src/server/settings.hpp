#pragma once

// How `partwise serve` is configured: by flags, by environment variables and by a TOML file, in
// this order of precedence. All three are read against one table (setting_table.hpp), so each
// setting exists in all three, under one name: --upload-ttl, PARTWISE_UPLOAD_TTL, upload_ttl.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/cors.hpp"
#include "base/bytes.hpp"
#include "base/file_system.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "core/download_policy.hpp"
#include "core/durability.hpp"
#include "core/limits.hpp"
#include "core/running_md5.hpp"
#include "core/scrubber.hpp"
#include "http/limits.hpp"
#include "server/certificate.hpp"
#include "server/content_validation.hpp"
#include "server/log_format.hpp"
#include "server/setting_values.hpp"
#include "store/sqlite/limits.hpp"

namespace partwise {

// Of --scrub-rate, here and of `fsck`: bytes in a second, more than any disk gives.
inline constexpr std::uint64_t kScrubRateMax = 1024 * kGiB;

// Every setting, with its default. The reasons for the limits of the domain stand in
// core/limits.hpp.
struct ServeConfig {
  Endpoint listen{.host = "127.0.0.1", .port = 8080};
  // In the working directory, because that needs no rights; a service's unit names its own.
  std::string data_dir = "partwise-data";
  // `sqlite`, or the URL of a PostgreSQL database; it may have a password in it, and is never
  // shown.
  std::string metadata = "sqlite";
  std::uint32_t metadata_connections = 8;  // To that database, for verbs.
  std::string blobs;                       // Directory of the blobs; empty: the data directory.
  Durability durability = Durability::strict;
  // Bodies are refused while less than this is free, so that a full disk never stops a cancel.
  std::uint64_t reserve_bytes = 256 * kMiB;
  // The metadata's log is moved into the database each time it has grown by this.
  std::uint64_t checkpoint_step_bytes = SqliteLimits{}.checkpoint_step_bytes;
  // Bytes a second that the scrubber reads; 0: there is none.
  std::uint64_t scrub_rate = 0;
  // From the beginning of one pass of the scrubber to that of the next.
  std::chrono::seconds scrub_interval = ScrubberLimits{}.interval;
  CoreLimits core;
  DownloadPolicy download_policy = DownloadPolicy::all;
  Validation validation = Validation::none;
  Md5Mode md5 = Md5Mode::on_complete;

  http::HttpLimits http;
  // Of each API key. 0: no limit.
  std::uint32_t requests_per_minute = 0;
  // Of each API key, at the same time. A third of the connections: one client leaves some to
  // others.
  std::uint32_t requests_per_key_max = 4000;
  CertificateFiles certificate;  // None: plain HTTP.
  api::CorsPolicy cors;
  // How long requests under way may go on after SIGTERM.
  std::chrono::seconds drain_time{30};
  // Threads for blocking work. 0: twice the processors, and at least 8.
  std::uint32_t threads = 0;

  // Where /metrics, /healthz and /readyz are served without a key; nowhere if empty.
  std::optional<Endpoint> metrics_listen;

  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
  // A static key of project `default`; empty for none. Never printed.
  std::string api_key;
};

// Whether other nodes may use the same metadata.
[[nodiscard]] inline bool is_shared(const ServeConfig& config) {
  return config.metadata != "sqlite";
}
// Where the blobs are.
[[nodiscard]] inline const std::string& blobs_directory(const ServeConfig& config) {
  return config.blobs.empty() ? config.data_dir : config.blobs;
}

// The value of an environment variable, if it is set.
using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view name)>;

// Reads the arguments after `serve`, the environment, and the file that --config or PARTWISE_CONFIG
// names. A variable that is set to nothing counts as not set. Errors: invalid_request with one line
// that names the setting and the source of its value.
[[nodiscard]] Result<ServeConfig> read_serve_config(std::span<const std::string> arguments,
                                                    const EnvironmentLookup& environment,
                                                    FileSystem& files);

// The text of `partwise serve --help`.
[[nodiscard]] std::string serve_help();

// The environment of this process.
[[nodiscard]] std::optional<std::string> process_environment(std::string_view name);

}  // namespace partwise
