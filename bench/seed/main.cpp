// partwise-seed: fills a data directory with millions of uploads and files, and prints some of
// their ids as JSON.

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <string>

#include "base/posix_file.hpp"
#include "seed/seeder.hpp"
#include "store/sqlite/migrations.hpp"
#include "wire/json_writer.hpp"

namespace {

using namespace partwise;

constexpr int kExitFailed = 1;

// What was measured next would pay for gigabytes that are still to be written.
Result<> sync_file(const std::string& path) {
  const Descriptor descriptor = open_descriptor(path, O_RDWR);
  if (!descriptor.is_open()) return fail_with_errno(errno, "open", path);
  if (::fdatasync(descriptor.number()) != 0) return fail_with_errno(errno, "sync", path);
  return {};
}

Result<seed::SeededIds> run(const std::string& directory, const seed::SeedSettings& settings) {
  const std::string path = directory + "/metadata.sqlite3";
  seed::SeededIds ids;
  {
    sqlite::DatabaseOptions options;
    options.path = path;
    TRY(const auto database, sqlite::Database::open(options));
    CHECK(sqlite::require_newest(*database));
    TRY(ids, seed::seed(*database, settings));
  }
  CHECK(sync_file(path));
  return ids;
}

void write_ids(wire::JsonWriter& out, std::string_view key, const std::vector<std::string>& ids) {
  out.key(key).begin_array();
  for (const std::string& id : ids) out.text(id);
  out.end_array();
}

std::string to_json(const seed::SeededIds& ids, std::chrono::duration<double> elapsed) {
  wire::JsonWriter out;
  out.begin_object().key("elapsed_s").decimal(elapsed.count(), 3);
  write_ids(out, "finished_uploads", ids.finished_uploads);
  write_ids(out, "files", ids.files);
  write_ids(out, "pending_uploads", ids.pending_uploads);
  out.end_object();
  return out.take();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Fills a data directory that a server has made, and that none uses now, with uploads and\n"
      "files of the last day, without contents. Prints ids at even distances, the oldest first.");
  std::string directory;
  seed::SeedSettings settings;
  app.add_option("directory", directory, "The data directory")->required();
  app.add_option("--uploads", settings.finished_uploads,
                 "Finished uploads: completed ones, as far as there are files for them");
  app.add_option("--files", settings.files, "Files");
  app.add_option("--pending", settings.pending_uploads, "Pending uploads; they live for 30 days");
  app.add_option("--samples", settings.samples, "Ids of each kind to print")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto start = std::chrono::steady_clock::now();
  settings.now = SystemClock().now();
  const auto ids = run(directory, settings);
  if (!ids) {
    std::cerr << "partwise-seed: " << ids.error().message << '\n';
    return kExitFailed;
  }
  std::cout << to_json(*ids, std::chrono::steady_clock::now() - start) << '\n';
  return 0;
}
