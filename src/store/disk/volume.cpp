#include "store/disk/volume.hpp"

#include <fmt/format.h>

namespace partwise {

namespace {

std::unexpected<Error> fail_without_room() {
  return fail(
      ErrorCode::out_of_space,
      "The server's disk has no room for this content, and nothing of it was kept. Free some "
      "space, for example by deleting files, before sending it again.");
}

constexpr std::string_view kFailedVolume =
    "The server's disk has failed and takes no content until the server was restarted. Try again "
    "later.";

}  // namespace

Volume::Volume(FileSystem& files, std::string path, const DiskLimits& limits, Log& log)
    : files_(files), path_(std::move(path)), limits_(limits), log_(log) {}

Result<> Volume::require_usable() const {
  if (!degraded_.load()) return {};
  return fail(ErrorCode::unavailable, std::string(kFailedVolume));
}

Result<> Volume::check_room() {
  const std::lock_guard lock(mutex_);
  CHECK(look());
  if (free_bytes_.load() < limits_.reserve_bytes) return fail_without_room();
  return {};
}

bool Volume::had_room() const { return free_bytes_.load() > limits_.reserve_bytes; }

Result<> Volume::admit(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto has_room = [&] {
    return free_bytes_.load() >= limits_.reserve_bytes + admitted_bytes_ + bytes;
  };
  // The estimate never sees space return, so it alone refuses nobody.
  if (admitted_bytes_ >= limits_.free_space_check_bytes || !has_room()) CHECK(look());
  if (!has_room()) return fail_without_room();
  admitted_bytes_ += bytes;
  return {};
}

Result<> Volume::look() {
  const auto bytes = files_.free_bytes(path_);
  if (!bytes) return failed_write(bytes.error());
  free_bytes_ = *bytes;
  admitted_bytes_ = 0;
  return {};
}

std::unexpected<Error> Volume::failed_write(const Error& error) {
  switch (error.code) {
    case ErrorCode::out_of_space:
      log_.warning(error.message);
      return fail_without_room();
    case ErrorCode::overloaded:
      return failed_read(error);
    default:
      break;
  }
  // A staging directory that is not found is a volume that went away.
  degrade(error);
  return fail(ErrorCode::io_failure,
              "The server's disk failed, and this content was not accepted. Try again later.");
}

void Volume::degrade(const Error& error) {
  if (!degraded_.exchange(true)) {
    log_.error(fmt::format("the volume of {} is degraded, restart to use it again: {}", path_,
                           error.message));
  } else {
    log_.error(error.message);
  }
}

std::unexpected<Error> Volume::failed_directory_sync(const Error& error) {
  if (error.code == ErrorCode::io_failure) return failed_write(error);
  degrade(error);
  // No room that somebody makes now would help.
  return fail(error.code, std::string(kFailedVolume));
}

std::unexpected<Error> Volume::failed_read(const Error& error) {
  log_.error(error.message);
  if (error.code == ErrorCode::overloaded) {
    return fail(ErrorCode::overloaded,
                "The server has too many files open or too little memory. Try again later.");
  }
  return fail(ErrorCode::io_failure, "The server's disk failed to read stored content.");
}

VolumeStatus Volume::status() const {
  return {.degraded = degraded_.load(), .free_bytes = free_bytes_.load()};
}

}  // namespace partwise
