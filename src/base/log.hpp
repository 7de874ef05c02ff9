#pragma once

// One log for the process, handed to who needs it. Lines are written by a thread of their own; when
// its bounded queue is full the newest line is dropped and counted, and no request ever waits for a
// log.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace partwise {

enum class LogLevel { debug, info, warning, error };

// One member of a structured line.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::uint64_t, double> value;
};

// A line that has fields. A structured log writes `message` and the fields; a log of plain text
// writes `text`, which says all of it.
struct LogEvent {
  LogLevel level = LogLevel::info;
  std::string_view message;
  std::span<const LogField> fields;
  std::string_view text;
};

// Thread-safe. `message` is one line; secrets never go in.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message) = 0;
  // Whether a line of this level is written at all: spares the work of wording one that is not.
  [[nodiscard]] virtual bool writes(LogLevel /*level*/) const { return true; }
  virtual void write_event(const LogEvent& event) { write(event.level, event.text); }
  // Lines that were lost so far, because their reader was too slow.
  [[nodiscard]] virtual std::uint64_t dropped_lines() const { return 0; }

  void debug(std::string_view message) { write(LogLevel::debug, message); }
  void info(std::string_view message) { write(LogLevel::info, message); }
  void warning(std::string_view message) { write(LogLevel::warning, message); }
  void error(std::string_view message) { write(LogLevel::error, message); }
};

// Drops everything.
class NullLog final : public Log {
 public:
  [[nodiscard]] bool writes(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view) override {}
};

}  // namespace partwise
