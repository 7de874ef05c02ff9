#include "server/backup_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>

#include "base/clock.hpp"
#include "server/command_line.hpp"
#include "server/exit_codes.hpp"
#include "server/settings.hpp"
#include "server/terminal_text.hpp"
#include "wire/json_writer.hpp"

namespace partwise {

namespace {

constexpr std::chrono::seconds kProgressInterval{5};

// A handler reaches nothing else.
std::atomic<bool> stopped = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int number) {
  stopped = true;
  (void)std::signal(number, SIG_DFL);  // A second one ends the process at once.
}

void await_signals() {
  stopped = false;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) (void)std::signal(number, on_signal);
}

double seconds_of(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

std::string_view meaning_of(FindingKind kind) {
  if (kind == FindingKind::missing_blob) return "is missing";
  if (kind == FindingKind::shared_blob) return "has another owner too";
  return kind == FindingKind::damaged_blob ? "is damaged, and copied as it is"
                                           : "cannot be read, and is missing in the copy";
}

std::string sentence_of(const BackupFinding& finding) {
  if (!finding.sentence.empty()) return finding.sentence;
  return fmt::format("The blob of {} {}.", finding.owner, meaning_of(finding.kind));
}

std::string text_of(const BackupOptions& options, const BackupReport& report, double seconds) {
  std::string text;
  for (const BackupFinding& finding : report.findings) {
    text += fmt::format("{} {}: {}\n", name_of(finding.kind), terminal_text(finding.subject),
                        terminal_text(sentence_of(finding)));
  }
  if (const auto more = report.findings_total - report.findings.size(); more > 0) {
    text += fmt::format("... and {} more findings.\n", more);
  }
  const TransferFigures& done = report.transferred;
  text += fmt::format(
      "{}: {} blobs ({} bytes), {} linked and {} copied, in {:.1f} s: {}.\n", options.to,
      done.blobs, done.bytes, done.linked, done.copied, seconds,
      report.findings_total == 0 ? "whole" : fmt::format("{} findings", report.findings_total));
  return text;
}

std::string json_of(const BackupOptions& options, const BackupReport& report, double seconds) {
  const TransferFigures& done = report.transferred;
  wire::JsonWriter json;
  json.begin_object();
  json.key("data_dir").text(options.data_dir);
  json.key("to").text(options.to);
  json.key("whole").boolean(report.findings_total == 0);
  json.key("blobs").number(done.blobs);
  json.key("bytes").number(done.bytes);
  json.key("linked").number(done.linked);
  json.key("copied").number(done.copied);
  json.key("seconds").decimal(seconds, 3);
  json.key("findings_total").number(report.findings_total);
  json.key("findings").begin_array();
  for (const BackupFinding& finding : report.findings) {
    json.begin_object();
    json.key("kind").text(name_of(finding.kind));
    json.key("subject").text(finding.subject);
    if (finding.sentence.empty()) {
      json.key("owner").text(finding.owner);
    } else {
      json.key("sentence").text(finding.sentence);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take() + "\n";
}

}  // namespace

int run_backup(const BackupCommandOptions& options, std::ostream& out, std::ostream& errors) {
  await_signals();
  const SystemClock clock;
  const auto files = make_posix_file_system();
  const MonotonicTime start = clock.monotonic_now();
  MonotonicTime told = start;
  const BackupWatch watch{.is_stopped = [] { return stopped.load(); },
                          .on_progress =
                              [&](const TransferFigures& done, std::uint64_t bytes_total) {
                                const MonotonicTime now = clock.monotonic_now();
                                if (now - told < kProgressInterval) return;
                                told = now;
                                errors << fmt::format("partwise backup: {} blobs, {} of {} bytes\n",
                                                      done.blobs, done.bytes, bytes_total)
                                       << std::flush;
                              }};
  const auto report = make_backup(*files, options.backup, watch);
  if (!report) {
    errors << "partwise backup: " << report.error().message << '\n';
    return kExitUsage;
  }
  const double seconds = seconds_of(clock.monotonic_now() - start);
  out << (options.json ? json_of(options.backup, *report, seconds)
                       : text_of(options.backup, *report, seconds));
  return report->findings_total == 0 ? kExitDone : kExitNo;
}

int run_backup(std::span<const std::string> arguments, std::ostream& out, std::ostream& errors) {
  BackupCommandOptions options{.backup = {.data_dir = ServeConfig{}.data_dir}};
  bool copies = false;
  CLI::App app(
      "Makes a whole copy of a data directory, also beside a running server, which removes nothing "
      "meanwhile.",
      "partwise backup");
  add_data_dir_option(app, options.backup.data_dir);
  app.add_option("--to", options.backup.to, "Directory of the copy: new or empty.")
      ->type_name("DIR")
      ->required();
  app.add_flag(
      "--copy", copies,
      "Copy and check every byte. Else content is linked where both directories are on one "
      "file system: that is fast, but the two share their bytes.");
  app.add_flag("--json", options.json, "Print one JSON document.");
  app.footer(
      "Exit codes: 0 whole, 1 made, but content or metadata of the origin are lost or damaged, "
      "2 no backup was made.");
  if (const auto ended = parse_arguments(app, arguments, out, errors)) return *ended;
  if (copies) options.backup.mode = TransferMode::copy;
  return run_backup(options, out, errors);
}

}  // namespace partwise
