#pragma once

// The server's Log: lines with a time stamp in UTC, written by a thread of spdlog's.
//
//   2026-01-31T12:00:00.123Z info    listening on 127.0.0.1:8080
//   {"time":"2026-01-31T12:00:00.123Z","level":"info","message":"listening on 127.0.0.1:8080"}

#include <cstddef>
#include <memory>
#include <ostream>
#include <string>

#include "base/log.hpp"
#include "server/log_format.hpp"

namespace spdlog {
class logger;
}

namespace partwise {

// What steers a terminal is escaped, as terminal_text or as JSON does, so that no client can forge
// a line; API keys that were made here are masked, wherever a client put them. Once there is room
// in the queue again, a warning says how many lines were dropped.
class SpdlogLog final : public Log {
 public:
  // Lines that wait for a slow reader of the log; a burst of a few thousand requests fits.
  static constexpr std::size_t kQueueLines = 4096;

  // Lines below `least` are not written. `out` is used by the log's thread only, and outlives the
  // log.
  SpdlogLog(std::ostream& out, LogLevel least, LogFormat format = LogFormat::text,
            std::size_t queue_lines = kQueueLines);
  // Writes what is queued.
  ~SpdlogLog() override;
  SpdlogLog(const SpdlogLog&) = delete;
  SpdlogLog& operator=(const SpdlogLog&) = delete;

  void write(LogLevel level, std::string_view message) override;
  [[nodiscard]] bool writes(LogLevel level) const override;
  void write_event(const LogEvent& event) override;
  [[nodiscard]] std::uint64_t dropped_lines() const override;

 private:
  struct Writer;

  [[nodiscard]] std::string payload(const LogEvent& event) const;
  void report_dropped(spdlog::logger& logger);

  std::unique_ptr<Writer> writer_;
};

}  // namespace partwise
