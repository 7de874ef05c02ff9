#include "http/request_record.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace partwise::http {

namespace {

// So that nobody can flood the log with long methods and paths.
std::string_view shown(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 256;
  return text.substr(0, kShownBytesMax);
}

double milliseconds(const RequestRecord& record) {
  return std::chrono::duration<double, std::milli>(record.took).count();
}

std::string text_of(const RequestRecord& record) {
  if (!record.refusal.empty()) {
    return fmt::format("{} refused: {} {} peer={}", record.request_id, record.status,
                       record.refusal, record.peer);
  }
  return fmt::format("{} {} {} {} in={} out={} ms={:.1f} peer={}{}{}{}", record.request_id,
                     shown(record.method), shown(record.path), record.status, record.bytes_in,
                     record.bytes_out, milliseconds(record), record.peer,
                     record.project.empty() ? "" : " project=", record.project,
                     record.answer_cut ? " answer=cut" : "");
}

std::vector<LogField> fields_of(const RequestRecord& record) {
  std::vector<LogField> fields;
  fields.reserve(12);
  const auto add_text = [&fields](std::string_view name, std::string_view value) {
    if (!value.empty()) fields.push_back({name, value});
  };
  add_text("request_id", record.request_id);
  add_text("method", shown(record.method));
  add_text("path", shown(record.path));
  add_text("route", record.route);
  fields.push_back({"status", static_cast<std::uint64_t>(record.status)});
  fields.push_back({"bytes_in", record.bytes_in});
  fields.push_back({"bytes_out", record.bytes_out});
  fields.push_back({"duration_ms", milliseconds(record)});
  add_text("remote", record.peer);
  add_text("project", record.project);
  add_text("refusal", record.refusal);
  add_text("answer", record.answer_cut ? "cut" : "");
  return fields;
}

}  // namespace

void log_request(Log& log, const RequestRecord& record) {
  if (!log.writes(LogLevel::info)) return;
  const std::string text = text_of(record);
  const std::vector<LogField> fields = fields_of(record);
  log.write_event({.level = LogLevel::info, .message = "request", .fields = fields, .text = text});
}

}  // namespace partwise::http
