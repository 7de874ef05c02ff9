#include "server/spdlog_log.hpp"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <utility>

namespace partwise {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string escaped(std::string_view message) {
  std::string text;
  for (const char c : message) {
    if (is_control(c)) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text;
}

// A line that could not be written, as on a full disk, is lost; the next one is tried again.
class RecoveringSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit RecoveringSink(std::ostream& out) : out_(out) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    out_.clear();
    out_.write(line.data(), static_cast<std::streamsize>(line.size()));
    out_.flush();
  }
  void flush_() override { out_.flush(); }

 private:
  std::ostream& out_;
};

std::shared_ptr<spdlog::sinks::sink> make_sink(std::ostream& out) {
  auto sink = std::make_shared<RecoveringSink>(out);
  sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                                                                  spdlog::pattern_time_type::utc));
  return sink;
}

}  // namespace

struct SpdlogLog::Writer {
  Writer(std::ostream& out, std::size_t lines)
      : queue_lines(lines),
        sink(make_sink(out)),
        pool(std::make_shared<spdlog::details::thread_pool>(lines, 1)),
        logger(make_logger(spdlog::async_overflow_policy::overrun_oldest)) {}

  std::shared_ptr<spdlog::async_logger> make_logger(spdlog::async_overflow_policy policy) const {
    return std::make_shared<spdlog::async_logger>("partwise", sink, pool, policy);
  }

  // Lines dropped since the last call.
  std::size_t take_dropped() {
    const std::size_t dropped = refused + pool->overrun_counter();
    const std::size_t before = reported.exchange(dropped);
    return dropped > before ? dropped - before : 0;
  }

  // Constant after construction.
  std::size_t queue_lines;
  std::shared_ptr<spdlog::sinks::sink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  // Any thread. Lines that found the queue full, and how many dropped lines a warning has told of.
  std::atomic<std::size_t> refused = 0;
  std::atomic<std::size_t> reported = 0;
};

SpdlogLog::SpdlogLog(std::ostream& out, LogLevel least, std::size_t queue_lines)
    : writer_(std::make_unique<Writer>(out, queue_lines)) {
  writer_->logger->set_level(to_spdlog(least));
}

SpdlogLog::~SpdlogLog() {
  // The last word waits for its place: nobody else is writing any more.
  const auto last = writer_->make_logger(spdlog::async_overflow_policy::block);
  report_dropped(*last);
  // Joins its thread, which holds a logger for each line, before the last owner of a logger goes.
  writer_->pool.reset();
}

void SpdlogLog::write(LogLevel level, std::string_view message) {
  const auto severity = to_spdlog(level);
  if (!writer_->logger->should_log(severity)) return;
  if (writer_->pool->queue_size() >= writer_->queue_lines) {
    ++writer_->refused;
    return;
  }
  report_dropped(*writer_->logger);
  const spdlog::string_view_t line(message.data(), message.size());
  if (std::ranges::none_of(message, is_control)) {
    writer_->logger->log(severity, line);
  } else {
    writer_->logger->log(severity, escaped(message));
  }
}

// Two threads that both saw the last free place overrun the oldest line; the queue counts that.
void SpdlogLog::report_dropped(spdlog::logger& logger) {
  const std::size_t dropped = writer_->take_dropped();
  if (dropped == 0) return;
  logger.warn("{} lines of this log were dropped: its reader was too slow", dropped);
}

}  // namespace partwise
