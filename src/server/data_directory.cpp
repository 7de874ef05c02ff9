#include "server/data_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "store/disk/disk_layout.hpp"

namespace partwise {

namespace {

constexpr const char* kMetadataName = "metadata.sqlite3";
constexpr int kFormat = 1;
// What `format` says while a backup is made. Programs that do not know it refuse it as no number.
constexpr std::string_view kUnfinishedBackup = "an unfinished backup\n";
constexpr const char* kBootIdPath = "/proc/sys/kernel/random/boot_id";

std::string format_path(const std::string& path) { return path + "/format"; }

std::string without_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Result<> check_format(const std::string& path, std::string_view text) {
  if (text == kUnfinishedBackup) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("{} is a backup that was not finished: remove it and make another.", path));
  }
  int format = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), format);
  const bool is_number =
      error == std::errc() && std::string_view(end, text.data() + text.size()) == "\n";
  if (!is_number || format < 1) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("{} is not the format of a Partwise data directory.", format_path(path)));
  }
  if (format > kFormat) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("{} was written by a newer Partwise (format {}, this one knows up to {}).",
                    path, format, kFormat));
  }
  return {};
}

// A directory that has metadata and no format is not new, and not ours to stamp.
Result<> require_new(FileSystem& files, const std::string& path) {
  TRY(const auto entries, files.list(path));
  for (const DirectoryEntry& entry : entries) {
    if (path + "/" + entry.name != DataDirectory::metadata_path_in(path)) continue;
    return fail(
        ErrorCode::invalid_request,
        fmt::format(
            "{} has metadata, but no file `format`: restore it, as \"{}\" and a newline, if "
            "this is a Partwise data directory.",
            path, kFormat));
  }
  return {};
}

// False also where the file has no bytes yet: a first start makes it so, and SQLite fills it.
Result<bool> has_metadata(FileSystem& files, const std::string& path) {
  const auto status = files.resolve(DataDirectory::metadata_path_in(path));
  if (status) return status->bytes > 0;
  if (status.error().code == ErrorCode::not_found) return false;
  return fail(status.error());
}

Result<bool> exists(FileSystem& files, const std::string& path) {
  const auto status = files.resolve(path);
  if (status) return true;
  if (status.error().code == ErrorCode::not_found) return false;
  return fail(status.error());
}

// Metadata are made only where nothing was stored before: on top of what is left of a directory,
// new ones would turn every blob into one that nobody knows.
Result<> require_metadata_or_nothing(FileSystem& files, const std::string& path) {
  TRY(const bool has_rows, has_metadata(files, path));
  if (has_rows) return {};
  TRY(const bool has_content, DataDirectory::has_blobs(files, path));
  // A run makes the file of the metadata before its mark.
  TRY(const bool was_run, exists(files, path + "/run"));
  TRY(const bool has_file, exists(files, DataDirectory::metadata_path_in(path)));
  if (!has_content && (!was_run || has_file)) return {};
  return fail(ErrorCode::invalid_request,
              fmt::format("{} was served before, and its metadata.sqlite3 is {}: restore the whole "
                          "directory from a backup, or give one that is empty.",
                          path, has_file ? "empty" : "missing"));
}

Result<> require_no_metadata(FileSystem& files, const std::string& path) {
  TRY(const bool has_rows, has_metadata(files, path));
  if (!has_rows) return {};
  return fail(ErrorCode::invalid_request,
              fmt::format("{} has metadata of its own, in metadata.sqlite3: give a node of a "
                          "database another directory.",
                          path));
}

Result<std::unique_ptr<FileLock>> take_lock(FileSystem& files, const std::string& path) {
  auto lock = files.lock(path + "/lock");
  if (!lock && lock.error().code == ErrorCode::overloaded) {
    return fail(ErrorCode::overloaded,
                fmt::format("{} is in use by another Partwise, which holds {}/lock.", path, path));
  }
  return lock;
}

}  // namespace

std::string run_mark_text(const RunMark& mark) {
  return fmt::format("durability {}\nboot {}\nstate {}\n",
                     mark.durability == Durability::strict ? "strict" : "relaxed", mark.boot_id,
                     mark.stopped_clean ? "stopped" : "running");
}

std::optional<RunMark> parse_run_mark(std::string_view text) {
  constexpr std::string_view kBoot = "\nboot ";
  RunMark mark;
  // Written by one function and read by this one: the exact text, or nothing.
  const auto begin = text.find(kBoot);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto boot_id = text.substr(begin + kBoot.size());
  mark.boot_id = boot_id.substr(0, boot_id.find('\n'));
  for (const Durability durability : {Durability::strict, Durability::relaxed}) {
    for (const bool stopped_clean : {false, true}) {
      mark.durability = durability;
      mark.stopped_clean = stopped_clean;
      if (run_mark_text(mark) == text) return mark;
    }
  }
  return std::nullopt;
}

bool needs_check(const RunMark& mark, std::string_view boot_id) {
  if (mark.durability == Durability::strict || mark.stopped_clean) return false;
  // Boots that cannot be told apart may be different ones.
  return boot_id.empty() || mark.boot_id != boot_id;
}

std::string read_boot_id(FileSystem& files) {
  return without_newline(files.read_small(kBootIdPath).value_or(""));
}

std::set<std::string> DataDirectory::names() {
  std::set<std::string> names{"lock", "spool"};
  for (const char* small : {"format", "run", "scrub", "api-key", "store", "blob-store"}) {
    names.insert(small);
    names.insert(std::string(small) + ".new");  // A crash may leave its successor.
  }
  for (const char* end : {"", "-wal", "-shm", "-journal", "-reserve"}) {
    names.insert(std::string(kMetadataName) + end);
  }
  return names;
}

Result<bool> DataDirectory::has_blobs(FileSystem& files, const std::string& path) {
  const std::string blobs = DiskPaths(path).blobs();
  TRY(const bool was_served, exists(files, blobs));
  if (!was_served) return false;
  TRY(const auto directories, files.list(blobs));
  for (const DirectoryEntry& directory : directories) {
    if (!directory.is_directory) return true;
    TRY(const auto names, files.list(blobs + "/" + directory.name));
    if (!names.empty()) return true;
  }
  return false;
}

Result<> DataDirectory::prepare(FileSystem& files, const std::string& path, MetadataPlace place) {
  CHECK(files.make_directories(path));
  const auto format = files.read_small(format_path(path));
  if (!format && format.error().code != ErrorCode::not_found) return fail(format.error());
  CHECK(format ? check_format(path, *format) : require_new(files, path));
  CHECK(place == MetadataPlace::here ? require_metadata_or_nothing(files, path)
                                     : require_no_metadata(files, path));
  if (format) return {};
  return files.write_small(format_path(path), fmt::format("{}\n", kFormat));
}

std::string DataDirectory::metadata_path_in(const std::string& path) {
  return path + "/" + kMetadataName;
}

Result<std::unique_ptr<DataDirectory>> DataDirectory::open(FileSystem& files,
                                                           const std::string& path,
                                                           Durability durability,
                                                           MetadataPlace place) {
  CHECK(prepare(files, path, place));
  TRY(auto lock, take_lock(files, path));
  std::unique_ptr<DataDirectory> data(new DataDirectory(files, path, std::move(lock)));
  CHECK(data->begin_run(durability, place));
  return data;
}

Result<> DataDirectory::require(FileSystem& files, const std::string& path) {
  const auto format = files.read_small(format_path(path));
  if (!format && format.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found,
                fmt::format("{} is not a Partwise data directory: it has no file `format`.", path));
  }
  if (!format) return fail(format.error());
  return check_format(path, *format);
}

Result<std::unique_ptr<FileLock>> DataDirectory::begin_backup(FileSystem& files,
                                                              const std::string& path) {
  CHECK(files.make_directories(path));
  TRY(const auto entries, files.list(path));
  if (!entries.empty()) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} is not empty: give a directory that is new or empty.", path));
  }
  // One that was empty may have been made for everybody to read, and who can open it can hold it.
  CHECK(files.make_private(path));
  // First of all files: what lies here without it would be taken for a new data directory.
  CHECK(files.write_small(format_path(path), kUnfinishedBackup));
  return take_lock(files, path);
}

Result<> DataDirectory::finish_backup(FileSystem& files, const std::string& path) {
  return files.write_small(format_path(path), fmt::format("{}\n", kFormat));
}

Result<std::unique_ptr<DataDirectory>> DataDirectory::open_to_check(FileSystem& files,
                                                                    const std::string& path) {
  CHECK(require(files, path));
  TRY(auto lock, take_lock(files, path));
  return std::unique_ptr<DataDirectory>(new DataDirectory(files, path, std::move(lock)));
}

DataDirectory::DataDirectory(FileSystem& files, std::string path, std::unique_ptr<FileLock> lock)
    : files_(files),
      path_(std::move(path)),
      lock_(std::move(lock)),
      boot_id_(read_boot_id(files)) {}

Result<> DataDirectory::begin_run(Durability durability, MetadataPlace place) {
  TRY(const auto last, read_mark());
  if (last && partwise::needs_check(*last, boot_id_)) {
    return fail(
        ErrorCode::unavailable,
        fmt::format("{} was in use with --durability relaxed when the machine went down: what was "
                    "answered last may be lost or damaged. Run `partwise fsck --repair` first.",
                    path_));
  }
  const bool is_unsynced = last && last->durability == Durability::relaxed && !last->stopped_clean;
  // From here on the mark speaks for this run alone, so what the last one left in the cache must be
  // safe.
  if (is_unsynced) CHECK(files_.sync_volume(path_));
  const RunMark mark{.durability = durability, .boot_id = boot_id_, .stopped_clean = false};
  if (last == mark) return {};
  // Where there is a mark and no such file, somebody took it away.
  TRY(const bool has_file, exists(files_, metadata_path()));
  if (!has_file && place == MetadataPlace::here) CHECK(files_.write_small(metadata_path(), ""));
  auto written = files_.write_small(mark_path(), run_mark_text(mark));
  // A full disk must not keep a server from the cancels that would free it. A strict run can do
  // without its mark: whatever the last one says is at worst too careful.
  const bool is_full = !written && written.error().code == ErrorCode::out_of_space;
  if (is_full && last && durability == Durability::strict) return {};
  return written;
}

Result<> DataDirectory::mark_clean_stop() {
  TRY(auto mark, read_mark());
  if (!mark)
    return fail(ErrorCode::internal, fmt::format("{} vanished during the run.", mark_path()));
  // A strict run has synced all along.
  if (mark->durability == Durability::relaxed) CHECK(files_.sync_volume(path_));
  mark->stopped_clean = true;
  return files_.write_small(mark_path(), run_mark_text(*mark));
}

Result<bool> DataDirectory::needs_check() const {
  TRY(const auto mark, read_mark());
  return mark && partwise::needs_check(*mark, boot_id_);
}

Result<> DataDirectory::mark_checked() {
  TRY(auto mark, read_mark());
  if (!mark || mark->stopped_clean) return {};
  // What was read may still be in the cache only, where this boot's own run has left it there.
  CHECK(files_.sync_volume(path_));
  mark->stopped_clean = true;
  return files_.write_small(mark_path(), run_mark_text(*mark));
}

Result<std::optional<RunMark>> DataDirectory::read_run_mark(FileSystem& files,
                                                            const std::string& path) {
  auto text = files.read_small(path + "/run");
  if (!text && text.error().code == ErrorCode::not_found) return std::nullopt;
  if (!text) return fail(std::move(text).error());
  // What cannot be understood says nothing in favour of the last run.
  const RunMark unknown{.durability = Durability::relaxed, .boot_id = {}, .stopped_clean = false};
  return parse_run_mark(*text).value_or(unknown);
}

}  // namespace partwise
