#pragma once

// The walk of the scrubber over parts of pending uploads and living files.

#include <optional>

#include "core/scrub_source.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

class ScrubRows {
 public:
  explicit ScrubRows(Database& database);

  // As in ScrubSource.
  [[nodiscard]] Result<std::optional<OwnedBlobs>> next_owner(const ScrubPosition& from);
  [[nodiscard]] Result<bool> is_owned(const CatalogBlob& blob);

 private:
  [[nodiscard]] Result<OwnedBlobs> next_upload(std::uint64_t from);
  [[nodiscard]] Result<std::optional<OwnedBlobs>> next_file(std::uint64_t from);
  [[nodiscard]] Result<std::vector<CatalogBlob>> parts_of(std::uint64_t upload_seq);

  Statement next_with_parts_;
  Statement parts_of_pending_;
  Statement next_living_;
  Statement last_file_;
  Statement has_part_;
  Statement has_file_;
};

}  // namespace partwise::sqlite
