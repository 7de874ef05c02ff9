#pragma once

// The checker's view of the metadata: every reference to a blob, and every sum that should agree.
// Blocking, for `partwise fsck` and for tests; the server never calls it. Only mend_counters
// writes.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "core/blob.hpp"
#include "core/file.hpp"
#include "core/ids.hpp"

namespace partwise {

// Where the bytes of a blob stand in what it belongs to.
struct BlobPlace {
  std::string upload_id;     // Of a part: its upload.
  std::uint64_t number = 0;  // From 1: of a part in the order of arrival, of a blob in its file.
  std::uint64_t count = 0;   // Of a file: how many blobs it has.
  std::uint64_t offset = 0;  // Of a file: where in it the blob begins, in bytes.
  friend bool operator==(const BlobPlace&, const BlobPlace&) = default;
};

struct CatalogBlob {
  enum class Owner { part, file, garbage };
  BlobRef ref;  // For garbage only the key is known: bytes and crc64 are 0.
  Owner owner = Owner::garbage;
  std::string owner_id;  // part_..., file-..., or empty.
  BlobPlace place = {};  // Empty for garbage.
  friend bool operator==(const CatalogBlob&, const CatalogBlob&) = default;
};

// The blobs of a living file, in the order of its manifest.
[[nodiscard]] std::vector<CatalogBlob> blobs_of_file(const std::string& id,
                                                     const Manifest& manifest);

struct CatalogCharge {
  ProjectId project;
  std::int64_t recorded_bytes = 0;  // What the project is billed; a damaged row may say anything.
  std::uint64_t actual_bytes = 0;   // The sum over parts of pending uploads and living files.

  [[nodiscard]] bool is_wrong() const { return !std::cmp_equal(recorded_bytes, actual_bytes); }
};

// A counter of usage that differs from the rows which it counts.
struct WrongCounter {
  ProjectId project;
  std::string sentence;
};

// What there is to say of a charge that is wrong.
[[nodiscard]] WrongCounter wrong_counter_of(const CatalogCharge& charge);

class Catalog {
 public:
  virtual ~Catalog() = default;
  // Parts of pending uploads and manifests of living files, then everything that a reap job or an
  // intent names. A blob with two owners is visited twice. After io_failure or internal, which
  // tell of damage, everything that could be read was visited.
  [[nodiscard]] virtual Result<> visit_blobs(
      const std::function<void(const CatalogBlob&)>& visit) = 0;
  [[nodiscard]] virtual Result<std::vector<CatalogCharge>> charges() = 0;
  [[nodiscard]] virtual Result<std::vector<WrongCounter>> wrong_counters() = 0;
  // Makes every counter and every charge what the rows say, in one transaction, and touches no
  // other row. Durable on return; after an error nothing was changed.
  [[nodiscard]] virtual Result<> mend_counters() = 0;
  // One sentence for every row that contradicts another: counts and sums of an upload against its
  // parts, a file's bytes and CRC64 against its manifest, a state without its data, damage of the
  // database itself: that is no error of this verb.
  [[nodiscard]] virtual Result<std::vector<std::string>> contradictions() = 0;
};

// Every counter and every charge that differs from its rows.
[[nodiscard]] Result<std::vector<WrongCounter>> wrong_sums(Catalog& catalog);

}  // namespace partwise
