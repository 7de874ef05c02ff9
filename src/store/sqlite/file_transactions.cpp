#include "store/sqlite/file_transactions.hpp"

#include "core/transitions.hpp"
#include "store/sqlite/upload_transactions.hpp"

namespace partwise::sqlite {

Result<StoredFile> create_file(Transaction& tx, const NewFile& created) {
  StoredFile file;
  file.id = created.id;
  file.project = created.project;
  file.purpose = created.purpose;
  file.filename = created.filename;
  file.bytes = created.blob.bytes;
  file.created_at = tx.now;
  if (created.ttl) file.expires_at = tx.now + *created.ttl;
  file.crc64 = created.blob.crc64;
  file.md5 = created.md5;
  CHECK(charge(tx, file.project, file.bytes));
  CHECK(adopt(tx, created.blob.key));
  TRY(file.sequence, tx.tables.files.insert(file, {created.blob}));
  tx.ledger.file_posted(file);
  return file;
}

Result<FileContent> find_file(Transaction& tx, const OwnedFileId& id) {
  TRY(auto row, tx.tables.files.find(id, tx.now));
  if (!row) return fail(no_such_file(id.id.text));
  TRY(auto manifest, tx.tables.files.manifest(row->file.sequence));
  return FileContent{.file = std::move(row->file), .manifest = std::move(manifest)};
}

Result<StoredFile> delete_file(Transaction& tx, const OwnedFileId& id) {
  TRY(auto row, tx.tables.files.find(id, tx.now));
  if (!row) return fail(no_such_file(id.id.text));
  CHECK(bury(tx, *row, /*held=*/false));
  return std::move(row->file);
}

Result<> bury(Transaction& tx, const FileRow& row, bool held) {
  const bool reaped = row.manifest_length == 0;
  CHECK(tx.tables.files.bury(row.file.sequence, tx.now, reaped));
  tx.ledger.file_buried(row.file);
  if (reaped) return {};
  tx.ledger.leftovers_made(row.file);
  CHECK(tx.tables.projects.release(row.file.project, row.file.bytes));
  const Job job{.kind = JobKind::file,
                .owner_seq = row.file.sequence,
                .part_count = row.manifest_length,
                .held = held};
  ++tx.changes.reap_jobs_made;
  return tx.tables.jobs.insert(job, {});
}

Result<Page<StoredFile>> list_files(Snapshot& view, const ProjectId& project,
                                    const PageRequest& request) {
  Position start = Position::before_all(request.order);
  if (!request.after.empty()) {
    TRY(const auto position,
        view.tables.files.position(project, request.after, view.now - kTombstoneTtl));
    if (!position) return fail(unknown_after(request.after));
    start = *position;
  }
  TRY(auto files, view.tables.files.page(project, request, start, request.limit + 1, view.now));
  return page_of(std::move(files), request.limit);
}

}  // namespace partwise::sqlite
