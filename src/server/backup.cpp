#include "server/backup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "server/blob_home.hpp"
#include "server/data_directory.hpp"
#include "store/disk/disk_layout.hpp"
#include "store/sqlite/database_copy.hpp"
#include "store/sqlite/sqlite_catalog.hpp"

namespace partwise {

namespace {

// Findings that are kept in words; more are counted.
constexpr std::size_t kFindingsMax = 10'000;
constexpr const char* kStopped = "stopped by a signal.";

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_not_of('/');
  const auto last = path.find_last_of('/', slash);
  if (last == std::string::npos || slash == std::string::npos) return ".";
  return last == 0 ? "/" : path.substr(0, last);
}

// A copy inside of its origin would be no copy once the origin is lost.
Result<> require_outside(FileSystem& files, const BackupOptions& options) {
  TRY(const auto origin, files.resolve(options.data_dir));
  std::string existing = options.to;
  auto place = files.canonical(existing);
  while (!place && place.error().code == ErrorCode::not_found && existing != parent_of(existing)) {
    existing = parent_of(existing);
    place = files.canonical(existing);
  }
  CHECK(place);
  // Where `..` leads from a directory that is yet to be made, nobody can say.
  const auto rest = existing == "." ? 0 : existing.size();
  if ((options.to.substr(rest) + "/").find("/../") != std::string::npos) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} has `..` behind a directory that does not exist: give a path "
                            "without.",
                            options.to));
  }
  // By what it is and not by its name: it may be mounted at a second place.
  for (std::string above = *place;; above = parent_of(above)) {
    TRY(const auto status, files.resolve(above));
    if (status.is_same(origin)) {
      return fail(
          ErrorCode::invalid_request,
          fmt::format("{} lies in {}, of which it is to be a copy.", options.to, options.data_dir));
    }
    if (above == "/") return {};
  }
}

// Before anything is made, which would have to be removed by hand.
Result<> require_metadata(const std::string& data_dir) {
  const auto catalog = SqliteCatalog::open(DataDirectory::metadata_path_in(data_dir));
  if (catalog) return {};
  Error error = catalog.error();
  if (error.code == ErrorCode::invalid_request) {
    error.message += " A backup is made by the program that served the directory last.";
  }
  return fail(std::move(error));
}

// Waits for whoever has the origin for himself. A server that asks whether it is held lets go at
// once; anybody else who may read the directory can keep it for as long as he likes.
Result<std::unique_ptr<FileLock>> hold_origin(FileSystem& files, const BackupOptions& options,
                                              const BackupWatch& watch) {
  for (;;) {
    auto hold = files.hold(options.data_dir);
    if (hold || hold.error().code != ErrorCode::overloaded) return hold;
    if (watch.is_stopped()) return fail(ErrorCode::cut, kStopped);
    watch.rest();
  }
}

class Backup {
 public:
  Backup(FileSystem& files, const BackupOptions& options, const BackupWatch& watch)
      : files_(files), options_(options), watch_(watch) {}

  // While the origin is held. Everything is in the copy on return, durably.
  Result<> copy() {
    CHECK(copy_metadata());
    TRY(catalog_, SqliteCatalog::open(DataDirectory::metadata_path_in(options_.to)));
    TRY(const auto layout, DiskLayout::open(files_, options_.to));
    BlobTransfer transfer(files_, DiskPaths(options_.data_dir), *layout, options_.mode);
    CHECK(transfer_blobs(transfer));
    report_.transferred = transfer.figures();
    CHECK(copy_small_files());
    return transfer.sync_names();
  }

  // Of the copy alone. SQLite copies pages without looking at them, damaged ones too, and walking
  // the rows that name blobs meets a few of them only.
  Result<> check_metadata() {
    catalog_->end_where(watch_.is_stopped);
    auto checked = check_rows();
    if (!checked && watch_.is_stopped()) return fail(ErrorCode::cut, kStopped);
    return checked;
  }

  BackupReport take_report() { return std::move(report_); }

 private:
  Result<> copy_metadata() {
    return copy_database({.from = DataDirectory::metadata_path_in(options_.data_dir),
                          .to = DataDirectory::metadata_path_in(options_.to)},
                         watch_.is_stopped);
  }

  Result<> transfer_blobs(BlobTransfer& transfer) {
    // Whether they can be read at all is asked later.
    const auto charges = catalog_->charges().value_or(std::vector<CatalogCharge>{});
    std::uint64_t bytes_total = 0;
    for (const CatalogCharge& charge : charges) bytes_total += charge.actual_bytes;
    std::vector<BlobKey> garbage;
    Result<> outcome;
    CHECK(catalog_->visit_blobs([&](const CatalogBlob& blob) {
      // A visit cannot be ended: after an error the rest is passed over. Garbage is not needed by
      // anybody, and a reaper takes what is missing for removed.
      if (blob.owner == CatalogBlob::Owner::garbage) return garbage.push_back(blob.ref.key);
      if (!outcome) return;
      outcome = transfer_one(transfer, blob);
      watch_.on_progress(transfer.figures(), bytes_total);
    }));
    CHECK(outcome);
    return check_garbage(transfer, std::move(garbage));
  }

  // A reaper would remove what somebody else needs.
  Result<> check_garbage(const BlobTransfer& transfer, std::vector<BlobKey> garbage) {
    std::ranges::sort(garbage);
    const BlobKey* last = nullptr;
    for (const BlobKey& key : garbage) {
      TRY(const bool is_needed, transfer.has(key));
      if (is_needed || (last != nullptr && *last == key)) {
        add({.kind = FindingKind::shared_blob, .subject = key.text(), .owner = "garbage"});
      }
      last = &key;
    }
    return {};
  }

  Result<> transfer_one(BlobTransfer& transfer, const CatalogBlob& blob) {
    if (watch_.is_stopped()) return fail(ErrorCode::cut, kStopped);
    TRY(const auto finding, transfer.transfer(blob.ref));
    if (finding) {
      add({.kind = *finding, .subject = blob.ref.key.text(), .owner = blob.owner_id});
    }
    return {};
  }

  Result<> check_rows() {
    TRY(auto sentences, catalog_->contradictions());
    const bool is_sound = sentences.empty();
    for (std::string& sentence : sentences) {
      add({.kind = FindingKind::contradiction,
           .subject = "metadata",
           .sentence = std::move(sentence)});
    }
    auto counted = check_counters();
    // Damage that was told already may keep them from being summed up.
    return is_sound ? counted : Result<>();
  }

  Result<> check_counters() {
    TRY(auto wrong, wrong_sums(*catalog_));
    for (WrongCounter& counter : wrong) {
      add({.kind = FindingKind::wrong_counter,
           .subject = std::move(counter.project.text),
           .sentence = std::move(counter.sentence)});
    }
    return {};
  }

  void add(BackupFinding finding) {
    ++report_.findings_total;
    if (report_.findings.size() == kFindingsMax) return;
    report_.findings.push_back(std::move(finding));
  }

  // The key that a first start made, and the mark of a run that left the origin to be checked.
  Result<> copy_small_files() {
    const auto key = files_.read_small(options_.data_dir + "/api-key");
    if (key) CHECK(files_.write_small(options_.to + "/api-key", *key));
    if (!key && key.error().code != ErrorCode::not_found) return fail(key.error());
    TRY(const auto mark, DataDirectory::read_run_mark(files_, options_.data_dir));
    if (!mark || mark->durability == Durability::strict) return {};
    if (needs_check(*mark, read_boot_id(files_))) {
      CHECK(files_.write_small(options_.to + "/run", run_mark_text(*mark)));
    }
    // What was linked may still be in the cache only.
    return files_.sync_volume(options_.to);
  }

  FileSystem& files_;
  const BackupOptions& options_;
  const BackupWatch& watch_;
  std::unique_ptr<SqliteCatalog> catalog_;  // Of the copy.
  BackupReport report_;
};

Result<BackupReport> fill(FileSystem& files, const BackupOptions& options, const BackupWatch& watch,
                          std::unique_ptr<FileLock> hold) {
  Backup backup(files, options, watch);
  CHECK(backup.copy());
  hold = nullptr;  // Nothing of the origin is needed any more.
  CHECK(backup.check_metadata());
  CHECK(DataDirectory::finish_backup(files, options.to));
  return backup.take_report();
}

}  // namespace

Result<BackupReport> make_backup(FileSystem& files, const BackupOptions& options,
                                 const BackupWatch& watch) {
  CHECK(DataDirectory::require(files, options.data_dir));
  CHECK(require_blobs_here(files, options.data_dir,
                           ", and a backup has only what lies in the directory: see \"Blobs in an "
                           "object store\" in docs/operations.md."));
  CHECK(require_outside(files, options));
  CHECK(require_metadata(options.data_dir));
  TRY(auto hold, hold_origin(files, options, watch));
  TRY(const auto lock, DataDirectory::begin_backup(files, options.to));
  auto report = fill(files, options, watch, std::move(hold));
  if (report) return report;
  Error error = std::move(report).error();
  error.message += fmt::format(" {} is not finished and no data directory: remove it.", options.to);
  return fail(std::move(error));
}

}  // namespace partwise
