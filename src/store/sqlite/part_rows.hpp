#pragma once

// The table `parts`. Its primary key is the order of lists, so the parts of one upload lie together
// in it. The rows of an ended upload stay until its reap job removes them; nobody but that job
// reads them.

#include <optional>
#include <vector>

#include "core/page.hpp"
#include "core/part.hpp"
#include "store/sqlite/paging.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// Errors as in Database.
class PartRows {
 public:
  explicit PartRows(Database& database);

  [[nodiscard]] Result<> insert(std::uint64_t upload_seq, const Part& part);
  // All parts of an upload.
  [[nodiscard]] Result<std::vector<Part>> all(std::uint64_t upload_seq, const UploadId& upload);
  [[nodiscard]] Result<std::optional<Position>> position(std::uint64_t upload_seq,
                                                         std::string_view id);
  // At most `count` rows after `after`.
  [[nodiscard]] Result<std::vector<Part>> page(std::uint64_t upload_seq, const UploadId& upload,
                                               Order order, Position after, std::uint32_t count);

  // The blobs of the first `count` rows that are left.
  [[nodiscard]] Result<std::vector<BlobKey>> first_keys(std::uint64_t upload_seq,
                                                        std::uint32_t count);
  // Deletes the first `count` rows that are left; none if there are fewer.
  [[nodiscard]] Result<> remove_first(std::uint64_t upload_seq, std::uint64_t count);

 private:
  // Constant after construction.
  Statement insert_;
  Statement all_;
  Statement position_;
  Statement page_ascending_;
  Statement page_descending_;
  Statement first_keys_;
  Statement remove_first_;
};

}  // namespace partwise::sqlite
