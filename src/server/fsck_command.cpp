#include "server/fsck_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "api/check_mapping.hpp"
#include "core/checker.hpp"
#include "core/pace.hpp"
#include "server/blob_binding.hpp"
#include "server/blob_home.hpp"
#include "server/command_line.hpp"
#include "server/data_directory.hpp"
#include "server/exit_codes.hpp"
#include "server/s3_backend.hpp"
#include "server/settings.hpp"
#include "server/spdlog_log.hpp"
#include "server/terminal_text.hpp"
#include "store/disk/disk_inventory.hpp"
#include "store/postgres/postgres_catalog.hpp"
#include "store/s3/s3_inventory.hpp"
#include "store/sqlite/sqlite_catalog.hpp"
#include "wire/json_writer.hpp"

namespace partwise {

namespace {

const std::string& blobs_of(const FsckOptions& options) {
  return options.blobs.empty() ? options.data_dir : options.blobs;
}

struct Outcome {
  CheckReport report;
  bool is_locked_out = false;  // A server refuses the directory as it is.
};

// In an object store, if there is a client of it, else in the directory `blobs`.
Result<CheckReport> check_blobs(const FsckOptions& options, FileSystem& files, Catalog& catalog,
                                const std::string& blobs,
                                const std::shared_ptr<s3::S3Client>& client) {
  const SystemClock clock;
  Pace pace(options.scrub_rate, clock);
  const auto rest = [&](std::uint64_t bytes) {
    const auto time = pace.rest_after(bytes);
    options.rest ? options.rest(time) : std::this_thread::sleep_for(time);
  };
  const auto repair = options.repair ? Repair::yes : Repair::no;
  if (client) {
    s3::S3Inventory inventory(client, rest);
    return check(catalog, inventory, repair);
  }
  DiskInventory inventory(files, blobs, rest, DataDirectory::names());
  return check(catalog, inventory, repair);
}

// Of many nodes. While this runs none can start.
Result<Outcome> check_database(const FsckOptions& options, FileSystem& files,
                               const std::shared_ptr<s3::S3Client>& client) {
  const std::string& blobs = blobs_of(options);
  TRY(const auto catalog, PostgresCatalog::open(options.metadata, /*alone=*/true));
  CHECK(client ? require_bucket_of(*client, catalog->store_id(), catalog->blobs_id())
               : require_blobs_of(files, blobs, catalog->store_id(), catalog->blobs_id()));
  TRY(auto report, check_blobs(options, files, *catalog, blobs, client));
  return Outcome{.report = std::move(report)};
}

Result<Outcome> check_directory(const FsckOptions& options, FileSystem& files,
                                const std::shared_ptr<s3::S3Client>& client) {
  TRY(const auto data, DataDirectory::open_to_check(files, options.data_dir));
  CHECK(client ? require_bucket_of(*client, files, options.data_dir)
               : require_blobs_here(files, options.data_dir, ": give them with --blobs."));
  TRY(const auto catalog, SqliteCatalog::open(data->metadata_path()));
  TRY(auto report, check_blobs(options, files, *catalog, options.data_dir, client));
  if (options.repair && !report.is_damaged()) CHECK(data->mark_checked());
  TRY(const bool is_locked_out, data->needs_check());
  return Outcome{.report = std::move(report), .is_locked_out = is_locked_out};
}

Result<Outcome> check_all(const FsckOptions& options, Log& log) {
  const auto files = make_posix_file_system();
  const SystemClock clock;
  SystemRandom random;
  std::shared_ptr<s3::S3Client> client;
  if (const auto location = object_store_in(options.blobs)) {
    const S3Access access{.config = options.object_store,
                          .files = *files,
                          .clock = clock,
                          .random = random,
                          .log = log};
    TRY(client, open_s3_client(access, *location));
  }
  const bool is_shared = options.metadata != ServeConfig{}.metadata;
  if (is_shared) return check_database(options, *files, client);
  if (client || options.blobs.empty()) return check_directory(options, *files, client);
  return fail(ErrorCode::invalid_request, "--blobs is for metadata in a database: --metadata URL.");
}

std::string_view repaired_text(FindingKind kind) {
  return kind == FindingKind::wrong_counter ? " Summed up anew." : " Moved to lost+found.";
}

std::string text_of(const FsckOptions& options, const Outcome& outcome) {
  const CheckReport& report = outcome.report;
  std::string text;
  for (const Finding& finding : report.findings) {
    text += fmt::format("{} {}: {}{}\n", name_of(finding.kind), terminal_text(finding.subject),
                        terminal_text(finding.sentence),
                        finding.repaired ? repaired_text(finding.kind) : "");
  }
  if (const auto more = report.findings_total - report.findings.size(); more > 0) {
    text += fmt::format("... and {} more findings.\n", more);
  }
  for (const Stray& stray : report.unknown) {
    const std::string bytes =
        stray.problem.empty() ? fmt::format("{} bytes", stray.bytes) : terminal_text(stray.problem);
    text += fmt::format("note {}: This is none of Partwise, and stays ({}).\n",
                        terminal_text(stray.name), bytes);
  }
  const ByteAccount& account = report.account;
  text += fmt::format(
      "{}: {} bytes billed, {} garbage, {} in staging, {} orphaned, {} foreign, {} set aside; {} "
      "on disk.\n",
      blobs_of(options), account.billed, account.garbage, account.staging, account.orphaned,
      account.foreign, account.set_aside, account.on_disk);
  text += fmt::format("{}: {} blobs ({} bytes) read, {} findings, {} repaired: {}.\n",
                      blobs_of(options), report.blobs_read, report.bytes_read,
                      report.findings_total, report.repaired_total,
                      report.is_clean()     ? "clean"
                      : report.is_damaged() ? "not clean"
                                            : "clean from now on");
  if (outcome.is_locked_out) {
    text += options.repair
                ? "The server refuses this directory: restore what is damaged from a backup and "
                  "check again, or remove DATA/run to serve it as it is.\n"
                : "The server refuses this directory until it was checked with --repair.\n";
  }
  return text;
}

std::string json_of(const FsckOptions& options, const Outcome& outcome) {
  const CheckReport& report = outcome.report;
  wire::JsonWriter json;
  json.begin_object();
  json.key("data_dir").text(blobs_of(options));
  json.key("clean").boolean(report.is_clean());
  json.key("damaged").boolean(report.is_damaged());
  json.key("server_refuses").boolean(outcome.is_locked_out);
  json.key("blobs_read").number(report.blobs_read);
  json.key("bytes_read").number(report.bytes_read);
  json.key("billed_bytes").number(report.account.billed);
  json.key("garbage_bytes").number(report.account.garbage);
  json.key("staging_bytes").number(report.account.staging);
  json.key("orphan_bytes").number(report.account.orphaned);
  json.key("foreign_bytes").number(report.account.foreign);
  json.key("set_aside_bytes").number(report.account.set_aside);
  json.key("disk_bytes").number(report.account.on_disk);
  json.key("unknown_names").begin_array();
  for (const Stray& stray : report.unknown) json.text(stray.name);
  json.end_array();
  json.key("findings_total").number(report.findings_total);
  json.key("repaired_total").number(report.repaired_total);
  json.key("findings").begin_array();
  for (const Finding& finding : report.findings) write(json, api::to_wire(finding));
  json.end_array();
  json.end_object();
  return json.take() + "\n";
}

}  // namespace

int run_fsck(const FsckOptions& options, std::ostream& out, std::ostream& errors) {
  const auto outcome = [&] {
    SpdlogLog log(errors, LogLevel::warning, LogFormat::text);  // Its thread writes until it ends.
    return check_all(options, log);
  }();
  if (!outcome) {
    errors << "partwise fsck: " << outcome.error().message << '\n';
    return kExitUsage;
  }
  out << (options.json ? json_of(options, *outcome) : text_of(options, *outcome));
  return outcome->report.is_clean() ? kExitDone : kExitNo;
}

int run_fsck(std::span<const std::string> arguments, std::ostream& out, std::ostream& errors,
             FsckRest rest) {
  FsckOptions options{.data_dir = ServeConfig{}.data_dir, .rest = std::move(rest)};
  CLI::App app(
      "Checks that every part and file has its bytes, and every blob its owner. The server must be "
      "stopped; one that runs checks itself when an administrator asks POST /v1/fsck.",
      "partwise fsck");
  add_data_dir_option(app, options.data_dir);
  add_metadata_option(app, options.metadata);
  app.add_option("--blobs", options.blobs,
                 "Where the content is, as `serve` is told. Default: in the data directory.")
      ->type_name("PLACE")
      ->envname("PARTWISE_BLOBS");
  app.add_option("--s3-credentials-file", options.object_store.credentials_file,
                 "Keys of the object store, as `serve` is told.")
      ->type_name("FILE")
      ->envname("PARTWISE_S3_CREDENTIALS_FILE");
  app.add_flag("--json", options.json, "Print one JSON document.");
  std::string rate = "0";
  app.add_option(
         "--scrub-rate", rate,
         "Bytes of content to read in a second at most, as 50MiB, where the disk is shared. "
         "Default: 0, as fast as it can.")
      ->type_name("SIZE");
  app.add_flag(
      "--repair", options.repair,
      "Move what no row knows to lost+found, and sum up wrong counters anew; nothing is deleted. "
      "Needed after a power loss with --durability relaxed.");
  app.footer("Exit codes: 0 clean, 1 findings, 2 could not run.");
  if (const auto ended = parse_arguments(app, arguments, out, errors)) return *ended;
  const auto bytes_per_s = parse_size(rate, {.min = 0, .max = kScrubRateMax});
  if (!bytes_per_s) {
    errors << "partwise fsck: --scrub-rate: " << bytes_per_s.error().message << '\n';
    return kExitUsage;
  }
  options.scrub_rate = *bytes_per_s;
  if (options.blobs.starts_with("s3://")) {
    if (const auto location = s3::S3Location::parse(options.blobs); !location) {
      errors << "partwise fsck: --blobs: " << location.error().message << '\n';
      return kExitUsage;
    }
  }
  return run_fsck(options, out, errors);
}

}  // namespace partwise
