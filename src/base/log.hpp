#pragma once

// One log for the process, handed to who needs it. Lines are written by a thread of their own; when
// its bounded queue is full the newest line is dropped and counted, and no request ever waits for a
// log.

#include <cstdint>
#include <string>
#include <string_view>

namespace partwise {

enum class LogLevel { debug, info, warning, error };

// Thread-safe. `message` is one line; secrets never go in.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view message) = 0;

  void debug(std::string_view message) { write(LogLevel::debug, message); }
  void info(std::string_view message) { write(LogLevel::info, message); }
  void warning(std::string_view message) { write(LogLevel::warning, message); }
  void error(std::string_view message) { write(LogLevel::error, message); }
};

// Drops everything.
class NullLog final : public Log {
 public:
  void write(LogLevel, std::string_view) override {}
};

}  // namespace partwise
