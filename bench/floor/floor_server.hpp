#pragma once

// The floor: how fast a plain program on this machine receives bodies and writes them to files. It
// has a thread for each connection, receives 1 MiB at a time and writes it; it has no feature of
// HTTP beyond what that takes, checks nothing, and trusts its client.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/posix_file.hpp"
#include "base/result.hpp"

namespace partwise::floor_program {

inline constexpr std::size_t kBurstBytes = kMiB;

struct FloorSettings {
  std::string directory;  // Files are called DIRECTORY/1, DIRECTORY/2, ...
  bool syncs = false;     // fdatasync before each answer.
  bool drops = false;     // Receives only, and writes nothing.
};

// Every request with a body makes a file of it and is answered with 200. `DELETE` of anything
// removes the files.
class FloorServer {
 public:
  explicit FloorServer(FloorSettings settings) : settings_(std::move(settings)) {}

  // Serves a connection until it ends. Any number of threads, one for each connection.
  void serve(Descriptor connection);

 private:
  [[nodiscard]] Result<> serve_requests(const Descriptor& connection);
  [[nodiscard]] Result<> take_body(const Descriptor& connection, MutableBytes buffer,
                                   std::size_t buffered, std::uint64_t bytes);
  [[nodiscard]] Result<> remove_files();
  [[nodiscard]] std::string path_of(std::uint64_t number) const;

  // Constant after construction.
  const FloorSettings settings_;
  std::atomic<std::uint64_t> made_{0};
  std::atomic<std::uint64_t> removed_{0};
};

}  // namespace partwise::floor_program
