#include "store/postgres/file_transactions.hpp"

#include "core/transitions.hpp"
#include "store/postgres/job_rows.hpp"
#include "store/postgres/project_rows.hpp"
#include "store/postgres/upload_transactions.hpp"

namespace partwise::postgres {

Result<StoredFile> create_file(Transaction& tx, const NewFile& created) {
  StoredFile file;
  file.id = created.id;
  file.project = created.project;
  file.purpose = created.purpose;
  file.filename = created.filename;
  file.bytes = created.blob.bytes;
  file.crc64 = created.blob.crc64;
  file.md5 = created.md5;
  project_rows::hold_for_bytes(tx, file.project);
  TRY(auto answers, tx.exchange());
  if (project_rows::read_quota(std::move(answers[0]))) {
    CHECK(judge_charge(tx, file.project, file.bytes));
  }
  TRY(auto adopted, file_rows::adopt(tx, std::move(file), created.blob, created.ttl));
  if (!adopted) return fail(taken_for_abandoned());
  tx.usage.file_posted(*adopted);
  return std::move(*adopted);
}

Result<FileContent> find_file(Transaction& tx, const OwnedFileId& id) {
  TRY(auto content, file_rows::find(tx, id));
  if (!content) return fail(no_such_file(id.id.text));
  return std::move(*content);
}

Result<StoredFile> delete_file(Transaction& tx, const OwnedFileId& id) {
  TRY(auto row, file_rows::hold(tx, id));
  const bool is_living = row && (!row->file.expires_at || row->now < *row->file.expires_at);
  if (!is_living) return fail(no_such_file(id.id.text));
  bury(tx, *row, /*held=*/false);
  return std::move(row->file);
}

void bury(Transaction& tx, const file_rows::FileRow& row, bool held) {
  const bool reaped = row.manifest_length == 0;
  file_rows::bury(tx, row.file.sequence, row.now, reaped);
  tx.usage.file_buried(row.file);
  if (reaped) return;
  tx.usage.leftovers_made(row.file);
  job_rows::insert(tx,
                   {.kind = job_rows::JobKind::file,
                    .owner_seq = row.file.sequence,
                    .part_count = row.manifest_length,
                    .held = held,
                    .due_at = row.now + tx.limits.reader_grace},
                   {});
  ++tx.changes.reap_jobs_made;
}

Result<Page<StoredFile>> list_files(Transaction& view, const ProjectId& project,
                                    const PageRequest& request) {
  Position start = Position::before_all(request.order);
  if (!request.after.empty()) {
    TRY(const auto position, file_rows::position(view, project, request.after));
    if (!position) return fail(unknown_after(request.after));
    start = *position;
  }
  TRY(auto files, file_rows::page(view, project, request, start, request.limit + 1));
  return page_of(std::move(files), request.limit);
}

}  // namespace partwise::postgres
