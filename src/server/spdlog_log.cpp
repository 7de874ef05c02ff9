#include "server/spdlog_log.hpp"

#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <variant>

#include "core/authenticator.hpp"
#include "server/terminal_text.hpp"
#include "wire/json_writer.hpp"

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

// A payload of JSON is an object without its opening brace: the time and the level come first.
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)";

std::shared_ptr<spdlog::sinks::sink> make_sink(std::ostream& out, LogFormat format) {
  auto sink = std::make_shared<RecoveringSink>(out);
  sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      format == LogFormat::json ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc));
  return sink;
}

std::string json_payload(std::string_view message, std::span<const LogField> fields) {
  constexpr int kDigitsAfterPoint = 3;
  wire::JsonWriter out;
  out.begin_object().key("message").text(without_api_keys(message));
  for (const LogField& field : fields) {
    out.key(field.name);
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      out.text(without_api_keys(*text));
    }
    if (const auto* count = std::get_if<std::uint64_t>(&field.value)) out.number(*count);
    if (const auto* real = std::get_if<double>(&field.value)) {
      out.decimal(*real, kDigitsAfterPoint);
    }
  }
  return out.end_object().take().substr(1);
}

}  // namespace

struct SpdlogLog::Writer {
  Writer(std::ostream& out, LogFormat format_asked, std::size_t lines)
      : format(format_asked),
        queue_lines(lines),
        sink(make_sink(out, format)),
        pool(std::make_shared<spdlog::details::thread_pool>(lines, 1)),
        logger(make_logger(spdlog::async_overflow_policy::overrun_oldest)) {}

  std::shared_ptr<spdlog::async_logger> make_logger(spdlog::async_overflow_policy policy) const {
    return std::make_shared<spdlog::async_logger>("partwise", sink, pool, policy);
  }

  [[nodiscard]] std::size_t dropped_lines() const { return refused + pool->overrun_counter(); }

  // Lines dropped since the last call.
  std::size_t take_dropped() {
    const std::size_t dropped = dropped_lines();
    const std::size_t before = reported.exchange(dropped);
    return dropped > before ? dropped - before : 0;
  }

  // Constant after construction.
  LogFormat format;
  std::size_t queue_lines;
  std::shared_ptr<spdlog::sinks::sink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  // Any thread. Lines that found the queue full, and how many dropped lines a warning has told of.
  std::atomic<std::size_t> refused = 0;
  std::atomic<std::size_t> reported = 0;
};

SpdlogLog::SpdlogLog(std::ostream& out, LogLevel least, LogFormat format, std::size_t queue_lines)
    : writer_(std::make_unique<Writer>(out, format, queue_lines)) {
  writer_->logger->set_level(to_spdlog(least));
}

SpdlogLog::~SpdlogLog() {
  // The last word waits for its place: nobody else is writing any more.
  const auto last = writer_->make_logger(spdlog::async_overflow_policy::block);
  report_dropped(*last);
  // Joins its thread, which holds a logger for each line, before the last owner of a logger goes.
  writer_->pool.reset();
}

std::uint64_t SpdlogLog::dropped_lines() const { return writer_->dropped_lines(); }

bool SpdlogLog::writes(LogLevel level) const {
  return writer_->logger->should_log(to_spdlog(level));
}

void SpdlogLog::write(LogLevel level, std::string_view message) {
  write_event({.level = level, .message = message, .fields = {}, .text = message});
}

void SpdlogLog::write_event(const LogEvent& event) {
  if (!writes(event.level)) return;
  if (writer_->pool->queue_size() >= writer_->queue_lines) {
    ++writer_->refused;
    return;
  }
  report_dropped(*writer_->logger);
  writer_->logger->log(to_spdlog(event.level), payload(event));
}

std::string SpdlogLog::payload(const LogEvent& event) const {
  if (writer_->format == LogFormat::json) return json_payload(event.message, event.fields);
  return terminal_text(without_api_keys(event.text));
}

// Two threads that both saw the last free place overrun the oldest line; the queue counts that.
void SpdlogLog::report_dropped(spdlog::logger& logger) {
  const std::size_t dropped = writer_->take_dropped();
  if (dropped == 0) return;
  const std::string text =
      fmt::format("{} lines of this log were dropped: its reader was too slow", dropped);
  logger.warn(payload({.level = LogLevel::warning, .message = text, .fields = {}, .text = text}));
}

}  // namespace partwise
