#pragma once

// The local directory in which content waits until all of it is there and its length is known. It
// is no part of durability: what lies in it is lost with the process, and has no name.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/file_system.hpp"
#include "base/log.hpp"
#include "store/s3/s3_limits.hpp"

namespace partwise::s3 {

// Thread-safe. Messages of errors are for clients, the details in the log.
class Spool {
 public:
  // Makes the directory where it is missing, and removes what a file system without nameless files
  // has kept of an earlier run: no other process may use it. Blocks.
  [[nodiscard]] static Result<std::shared_ptr<Spool>> open(FileSystem& files, std::string directory,
                                                           const S3Limits& limits, Log& log);

  // Whether content would be taken now. Blocks now and then. Errors: overloaded (others fill the
  // spool); out_of_space (the reserve).
  [[nodiscard]] Result<> check_room();
  // Counts `bytes` that are about to be written. Errors as above.
  [[nodiscard]] Result<> admit(std::uint64_t bytes);
  // As many bytes are gone again.
  void release(std::uint64_t bytes);

  // Errors: overloaded; out_of_space; io_failure.
  [[nodiscard]] Result<std::unique_ptr<File>> open_file();
  // The error to pass on for a failed operation on a file of the spool.
  [[nodiscard]] std::unexpected<Error> failed(const Error& error);

  // What the volume has, as of the last look, or what the limit leaves, whichever is less.
  [[nodiscard]] std::uint64_t free_bytes();

 private:
  Spool(FileSystem& files, std::string directory, const S3Limits& limits, Log& log);
  [[nodiscard]] Result<> look();  // Under mutex_.
  [[nodiscard]] Result<> require_room(std::uint64_t bytes);

  // Constant after construction.
  FileSystem& files_;
  const std::string directory_;
  const S3Limits& limits_;
  Log& log_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::uint64_t volume_free_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;  // Since the last look.
  std::uint64_t held_bytes_ = 0;
};

}  // namespace partwise::s3
