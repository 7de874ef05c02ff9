#pragma once

// The record of everything that changed a file below the data directory, in the order in which it
// happened: what a crash could have kept is computed from it. Recording happens where
// PARTWISE_INTERPOSER_RECORD names a file. tests/torture/record.py reads it.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace partwise::interposer {

enum class Step : std::uint32_t { create, write, truncate, sync, link, unlink, rename, mkdir };

// One operation, and after it `path_bytes` of paths and `data_bytes` of written data. A rename has
// two paths with a zero byte between them.
struct StepHeader {
  Step step;
  std::uint32_t path_bytes;
  std::uint64_t inode;   // Of the file, or of the directory that was synced.
  std::uint64_t offset;  // Of a write; the new length of a truncation.
  std::uint64_t data_bytes;
};

// Holds all other recorded operations off, so that the record has their real order. Where nothing
// is recorded it does nothing.
class Recording {
 public:
  Recording();
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  void add(Step step, int descriptor, std::uint64_t offset = 0, const void* data = nullptr,
           std::size_t bytes = 0) const;
  void add(Step step, const char* path, const char* second_path = nullptr,
           int descriptor = -1) const;

 private:
  const bool active_;
};

}  // namespace partwise::interposer
