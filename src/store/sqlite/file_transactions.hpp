#pragma once

// The verbs on files, each as the body of one transaction. Contracts: core/upload_store.hpp.

#include "core/upload_store.hpp"
#include "store/sqlite/transaction.hpp"

namespace partwise::sqlite {

// A tombstone keeps its place in lists for so long. Source: the wire contract.
inline constexpr std::chrono::seconds kTombstoneTtl{30 * 24 * 3600};

[[nodiscard]] Result<StoredFile> create_file(Transaction& tx, const NewFile& file);
[[nodiscard]] Result<FileContent> find_file(Transaction& tx, const OwnedFileId& id);
[[nodiscard]] Result<StoredFile> delete_file(Transaction& tx, const OwnedFileId& id);
[[nodiscard]] Result<Page<StoredFile>> list_files(Snapshot& view, const ProjectId& project,
                                                  const PageRequest& request);

// Living -> tombstone, with its reap job. `held`: ended by time.
[[nodiscard]] Result<> bury(Transaction& tx, const FileRow& row, bool held);

}  // namespace partwise::sqlite
