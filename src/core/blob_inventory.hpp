#pragma once

// The checker's view of the bytes: everything that lies where blobs lie, whatever the metadata say.
// Blocking, for `partwise fsck` and for tests, while nothing else uses the data directory; the
// server never calls it.
//
// Errors: io_failure, and the other errors of a file system.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "core/blob.hpp"

namespace partwise {

// What a blob really holds.
struct BlobContent {
  std::uint64_t bytes = 0;
  std::uint64_t crc64 = 0;
};

// Something in the data directory that is no blob.
struct Stray {
  std::string name;
  // Of a file, or of all files under a directory; links are not followed and have none.
  std::uint64_t bytes = 0;
  std::string problem = {};  // Why `bytes` is less than the truth; empty: it is the truth.
  // False: it is in the place of a directory of blobs, such as a link to a disk that is not there.
  bool is_movable = true;
  bool is_expected = false;  // The next start removes it.
  friend auto operator<=>(const Stray&, const Stray&) = default;
};

class BlobInventory {
 public:
  virtual ~BlobInventory() = default;

  // Every blob that is there, in no order.
  [[nodiscard]] virtual Result<std::vector<BlobKey>> keys() = 0;
  // The size of a blob, without reading it. Error: not_found.
  [[nodiscard]] virtual Result<std::uint64_t> bytes_of(BlobKey key) = 0;
  // What is in staging and has a name.
  [[nodiscard]] virtual Result<std::vector<Stray>> staged() = 0;
  // What lies among the blobs and cannot be one.
  [[nodiscard]] virtual Result<std::vector<Stray>> foreign() = 0;
  // What lies beside everything that Partwise has put into the data directory.
  [[nodiscard]] virtual Result<std::vector<Stray>> unknown() = 0;
  // All that was ever set aside.
  [[nodiscard]] virtual Stray lost_and_found() = 0;
  // Reads all of a blob. Error: not_found.
  [[nodiscard]] virtual Result<BlobContent> read(BlobKey key) = 0;

  // Moves a blob, or something that staged or foreign has named, to where it is in nobody's way.
  // Nothing is deleted or replaced. Durable after sync_moves.
  [[nodiscard]] virtual Result<> set_aside(BlobKey key) = 0;
  [[nodiscard]] virtual Result<> set_aside(const std::string& name) = 0;
  // Everything that was set aside so far stays so, also after a loss of power.
  [[nodiscard]] virtual Result<> sync_moves() = 0;
};

}  // namespace partwise
