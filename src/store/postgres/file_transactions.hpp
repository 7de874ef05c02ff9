#pragma once

// The verbs on files, each as the body of one transaction. Contracts: core/upload_store.hpp.

#include "core/upload_store.hpp"
#include "store/postgres/file_rows.hpp"
#include "store/postgres/transaction.hpp"

namespace partwise::postgres {

[[nodiscard]] Result<StoredFile> create_file(Transaction& tx, const NewFile& file);
[[nodiscard]] Result<FileContent> find_file(Transaction& tx, const OwnedFileId& id);
[[nodiscard]] Result<StoredFile> delete_file(Transaction& tx, const OwnedFileId& id);
[[nodiscard]] Result<Page<StoredFile>> list_files(Transaction& view, const ProjectId& project,
                                                  const PageRequest& request);

// Makes a tombstone of a file that is held.
void bury(Transaction& tx, const file_rows::FileRow& row, bool held);

}  // namespace partwise::postgres
