#pragma once

// Who owns which blob, table by table: the walk of the online checker and of the scrubber.

#include <vector>

#include "core/live_catalog.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// Errors as in Database.
class OwnerRows {
 public:
  explicit OwnerRows(Database& database);

  // As LiveCatalog::owners. A page ends at the end of a table.
  [[nodiscard]] Result<OwnerPage> page(const OwnerCursor& cursor, std::uint32_t blobs_max);
  // As LiveCatalog::still_owned.
  [[nodiscard]] Result<std::vector<CatalogBlob>> still_owned(const std::vector<CatalogBlob>& blobs);

 private:
  [[nodiscard]] Result<bool> is_owned(const CatalogBlob& blob);
  [[nodiscard]] Result<OwnerPage> intents(const OwnerCursor& cursor, std::uint32_t rows_max);
  [[nodiscard]] Result<OwnerPage> parts(const OwnerCursor& cursor, std::uint32_t rows_max);
  [[nodiscard]] Result<OwnerPage> files(const OwnerCursor& cursor, std::uint32_t blobs_max);

  // Constant after construction.
  Statement intents_;
  Statement parts_;
  Statement files_;
  Statement part_;
  Statement file_;
};

}  // namespace partwise::sqlite
