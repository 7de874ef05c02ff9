#pragma once

// What a test tells the interposer, and what the interposer tells the test: one page of shared
// memory, the file that PARTWISE_INTERPOSER names. tests/torture/interposer.py has the same layout.
//
// Only files below the data directory (PARTWISE_INTERPOSER_DATA) are ever touched: sockets, pipes
// and libraries are not. Without the two variables every call passes through.

#include <atomic>
#include <cstdint>

namespace partwise::interposer {

// Which system call. The numbers are bits of Control::calls.
enum class Call : std::uint32_t {
  open,    // Of what there is.
  create,  // Of what there is not: it can fail for lack of space.
  write,
  read,
  sync,
  link,
  unlink,
  rename,
  mkdir,
  truncate,
  write_back,
  send,
  map,
  stat_volume,
};

// What lies in the file. The numbers are bits of Control::files.
enum class Kind : std::uint32_t { none, content, metadata, other };

struct Control {
  std::atomic<std::uint32_t> armed;   // 0: nothing is injected.
  std::uint32_t calls;                // Those that count.
  std::uint32_t files;                // Likewise.
  std::int32_t error;                 // The errno of the fault; 0 is a short transfer.
  std::uint32_t stays;                // 1: every call that counts fails from the first fault on.
  std::uint32_t reserved;             // Keeps the next member aligned.
  std::atomic<std::int64_t> to_pass;  // Calls that still pass before the fault.
  std::atomic<std::uint64_t> faults;  // That were injected since it was armed.
  std::atomic<std::int64_t> clock_offset_s;  // Added to the wall clock, armed or not.
  std::atomic<std::uint64_t> recorded;       // Operations in the record so far.
  char first_fault[256];                     // "call path", for people.
};

// Nothing where the interposer is not in use.
[[nodiscard]] Control* control();

// The kind of a path, relative ones being relative to the working directory.
[[nodiscard]] Kind kind_of(const char* path);
// The kind of an open descriptor.
[[nodiscard]] Kind kind_of(int descriptor);
void note_opened(int descriptor, Kind kind);
void note_closed(int descriptor);

enum class Verdict { pass, fail, shorten };

// Counts a call. `fail` has set errno. `bytes` is what a transfer would move; others give 0.
[[nodiscard]] Verdict judge(Call call, Kind kind, const char* path, std::uint64_t bytes = 0);
[[nodiscard]] Verdict judge(Call call, int descriptor, std::uint64_t bytes = 0);

}  // namespace partwise::interposer
