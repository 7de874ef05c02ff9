#include "store/s3/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace partwise::s3 {

Result<std::shared_ptr<Spool>> Spool::open(FileSystem& files, std::string directory,
                                           const S3Limits& limits, Log& log) {
  CHECK(files.make_directories(directory));
  TRY(const auto entries, files.list(directory));
  for (const DirectoryEntry& entry : entries) {
    if (!entry.name.starts_with(kNamedStagingPrefix)) continue;
    CHECK(files.remove(directory + "/" + entry.name));
  }
  std::shared_ptr<Spool> spool(new Spool(files, std::move(directory), limits, log));
  // A full disk must not keep a server from starting: deleting is what helps.
  const std::lock_guard lock(spool->mutex_);
  CHECK(spool->look());
  return spool;
}

Spool::Spool(FileSystem& files, std::string directory, const S3Limits& limits, Log& log)
    : files_(files), directory_(std::move(directory)), limits_(limits), log_(log) {}

Result<> Spool::look() {
  const auto bytes = files_.free_bytes(directory_);
  if (!bytes) return failed(bytes.error());
  volume_free_bytes_ = *bytes;
  written_bytes_ = 0;
  return {};
}

Result<> Spool::require_room(std::uint64_t bytes) {
  if (held_bytes_ + bytes > limits_.spool_bytes_max) {
    return fail(ErrorCode::overloaded,
                "The server receives as much as it can hold at once. Try again later.");
  }
  const auto has_room = [&] {
    return volume_free_bytes_ >= limits_.reserve_bytes + written_bytes_ + bytes;
  };
  // The estimate never sees space return, so it alone refuses nobody.
  if (written_bytes_ >= limits_.free_space_check_bytes || !has_room()) CHECK(look());
  if (has_room()) return {};
  return fail(ErrorCode::out_of_space,
              "The server's disk has no room to receive this content, and nothing of it was kept.");
}

Result<> Spool::check_room() {
  const std::lock_guard lock(mutex_);
  return require_room(0);
}

Result<> Spool::admit(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  CHECK(require_room(bytes));
  held_bytes_ += bytes;
  written_bytes_ += bytes;
  return {};
}

void Spool::release(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  held_bytes_ -= bytes;
}

Result<std::unique_ptr<File>> Spool::open_file() {
  auto file = files_.open_nameless(directory_);
  if (!file) return failed(file.error());
  return file;
}

std::unexpected<Error> Spool::failed(const Error& error) {
  log_.error("the spool: " + error.message);
  switch (error.code) {
    case ErrorCode::out_of_space:
      return fail(ErrorCode::out_of_space,
                  "The server's disk has no room to receive this content, and nothing of it was "
                  "kept.");
    case ErrorCode::overloaded:
      return fail(ErrorCode::overloaded,
                  "The server has too many files open or too little memory. Try again later.");
    default:
      return fail(ErrorCode::io_failure,
                  "The server's disk failed, and this content was not accepted. Try again later.");
  }
}

std::uint64_t Spool::free_bytes() {
  const std::lock_guard lock(mutex_);
  return std::min(volume_free_bytes_, limits_.spool_bytes_max - held_bytes_);
}

}  // namespace partwise::s3
