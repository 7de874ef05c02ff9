#pragma once

// The table `intents`: blobs that are garbage unless something adopts them.

#include <vector>

#include "core/blob.hpp"
#include "store/sqlite/statement.hpp"

namespace partwise::sqlite {

// Errors as in Database.
class IntentRows {
 public:
  explicit IntentRows(Database& database);

  // Harmless where `run` has recorded the same key already and nothing has happened to it since;
  // else a key that is known is an internal error.
  [[nodiscard]] Result<> record(const BlobKey& key, const RunId& run);
  [[nodiscard]] Result<> release(const BlobKey& key);
  // Deletes the intent; false, and nothing done, where it is gone or claimed.
  [[nodiscard]] Result<bool> adopt(const BlobKey& key);
  // Makes the intents of all other runs due.
  [[nodiscard]] Result<> release_other_runs(const RunId& run);
  // Marks up to `count` due intents as claimed, oldest first; those that are claimed already count
  // again.
  [[nodiscard]] Result<std::vector<BlobKey>> claim(std::uint32_t count);
  // Deletes a claimed intent.
  [[nodiscard]] Result<> forget(const BlobKey& key);

 private:
  // Constant after construction.
  Database& database_;
  Statement record_;
  Statement release_;
  Statement adopt_;
  Statement release_earlier_runs_;
  Statement release_later_runs_;
  Statement due_;
  Statement claim_;
  Statement forget_;
};

}  // namespace partwise::sqlite
