#pragma once

// What the online checker and the scrubber see of the metadata: which blobs have an owner, beside
// the server that changes it.

#include <array>
#include <cstdint>
#include <vector>

#include "base/task.hpp"
#include "core/catalog.hpp"

namespace partwise {

// How far a walk over the owners has come. A value.
struct OwnerCursor {
  enum class Table : std::uint8_t { intents, parts, files, none };
  Table table = Table::intents;
  // The row of it that was visited last; what the numbers mean is the store's business.
  std::array<std::int64_t, 3> row{};

  [[nodiscard]] bool at_end() const { return table == Table::none; }
  friend bool operator==(const OwnerCursor&, const OwnerCursor&) = default;
};

struct OwnerPage {
  std::vector<CatalogBlob> blobs;
  OwnerCursor next;
};

// Thread-safety as in UploadStore. Errors: those of a list in UploadStore.
class LiveCatalog {
 public:
  virtual ~LiveCatalog() = default;

  // The blobs of the next rows behind `cursor`, about `blobs_max` of them (one file's are never
  // divided), all as of one moment, which ends with the call: no walk holds a snapshot. Rows
  // without blobs are passed over, but not without end: there may be none in a page. The rows of a
  // table come in the order of their creation, an upload's parts in that of their arrival.
  //
  // The tables come in the order in which a blob passes through them, and it never goes back:
  // intents, parts (of ended uploads too, until they are reaped), files (deleted ones too, until
  // then). So a blob that has an owner when the walk begins, and is not reaped before it ends, is
  // visited, whatever happens meanwhile. Parts of ended uploads, deleted files and intents are
  // garbage.
  [[nodiscard]] virtual Task<Result<OwnerPage>> owners(OwnerCursor cursor,
                                                       std::uint32_t blobs_max) = 0;

  // Those of `blobs`, each of a part or a file, whose part still belongs to a pending upload, or
  // whose file still lives; in their order, and as of one moment.
  [[nodiscard]] virtual Task<Result<std::vector<CatalogBlob>>> still_owned(
      std::vector<CatalogBlob> blobs) = 0;
};

}  // namespace partwise
