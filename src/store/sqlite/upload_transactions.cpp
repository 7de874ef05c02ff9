#include "store/sqlite/upload_transactions.hpp"

#include <fmt/format.h>

#include "core/account.hpp"
#include "core/transitions.hpp"

namespace partwise::sqlite {

namespace {

// The upload at this moment. One that is overdue is expired here, and stays so whatever the verb
// answers.
Result<Upload> load(Transaction& tx, const OwnedUploadId& id) {
  TRY(auto found, tx.tables.uploads.find(id));
  if (!found) return fail(no_such_upload(id.id.text));
  if (!is_overdue(*found, tx.now)) return std::move(*found);
  Upload expired = at_time(std::move(*found), tx.now);
  CHECK(end_without_file(tx, expired, /*held=*/true));
  CHECK(tx.keep());
  return expired;
}

constexpr std::string_view kCreateVerb = "create_upload";

// The upload that an earlier request with the same claim made, if it is still known.
Result<std::optional<Upload>> find_claimed(Transaction& tx, const NewUpload& upload) {
  if (!upload.idempotency) return std::nullopt;
  TRY(const auto record,
      tx.tables.idempotency.find(upload.project, kCreateVerb, upload.idempotency->key,
                                 tx.now - kIdempotencyTtl));
  if (!record) return std::nullopt;
  if (record->request != upload.idempotency->request) {
    return fail(other_request_with(upload.idempotency->key));
  }
  auto made = load(tx, {.project = upload.project, .id = {record->object_id}});
  if (made) return std::move(*made);
  if (made.error().code != ErrorCode::not_found) return fail(std::move(made).error());
  return std::nullopt;
}

Result<Position> start_of(Snapshot& view, const ProjectId& project, const PageRequest& request) {
  if (request.after.empty()) return Position::before_all(request.order);
  TRY(const auto position, view.tables.uploads.position(project, request.after));
  if (!position) return fail(unknown_after(request.after));
  return *position;
}

// Compares with the digest that an earlier replay computed, or keeps the one of this for the next:
// once the file is gone, nobody can compute it.
Result<CompleteOutcome> replay_complete(Transaction& tx, const Upload& completed,
                                        CompleteRequest request) {
  if (!request.computed_md5) {
    TRY(request.computed_md5, tx.tables.uploads.replay_md5(completed.sequence));
  } else if (is_replay(completed, request.part_ids)) {
    CHECK(tx.tables.uploads.note_replay_md5(completed.sequence, *request.computed_md5));
    CHECK(tx.keep());  // Also where this request is refused, because it says another one.
  }
  TRY(auto replay, judge_complete(completed, {}, request, tx.now));
  return CompleteOutcome{.upload = std::move(replay.upload), .replayed = true};
}

}  // namespace

Error unknown_after(std::string_view after) {
  constexpr std::size_t kShownBytesMax = 128;
  return {ErrorCode::invalid_request,
          fmt::format("No such object in this list: {}. Use the last_id of the page before.",
                      after.substr(0, kShownBytesMax)),
          "after"};
}

Result<> end_without_file(Transaction& tx, const Upload& ended, bool held) {
  const bool reaped = ended.part_count == 0;
  CHECK(tx.tables.uploads.end(ended, reaped));
  const bool cancelled = std::holds_alternative<Cancelled>(ended.state);
  ++(cancelled ? tx.changes.uploads_cancelled : tx.changes.uploads_expired);
  tx.ledger.upload_ended(ended);
  if (reaped) return {};
  tx.ledger.leftovers_made(ended);
  CHECK(tx.tables.projects.release(ended.project, ended.stored_bytes));
  const Job job{.kind = JobKind::upload_parts,
                .owner_seq = ended.sequence,
                .part_count = ended.part_count,
                .held = held};
  ++tx.changes.reap_jobs_made;
  return tx.tables.jobs.insert(job, {});
}

Result<> charge(Transaction& tx, const ProjectId& project, std::uint64_t bytes) {
  TRY(const auto usage, tx.tables.projects.charge(project, bytes));
  if (!usage.quota_bytes || usage.stored_bytes <= *usage.quota_bytes) return {};
  return fail(over_quota_of_bytes(usage.stored_bytes - bytes, *usage.quota_bytes));
}

Result<std::uint64_t> check_quota(Transaction& tx, const ProjectId& project, std::uint64_t bytes) {
  TRY(const auto row, tx.tables.projects.find(project));
  if (!row) return kNoQuota;
  return judge_room(*row, bytes);
}

Result<> adopt(Transaction& tx, const BlobKey& key) {
  TRY(const bool adopted, tx.tables.intents.adopt(key));
  if (adopted) return {};
  return fail(ErrorCode::unavailable, "The content was taken for abandoned. Send it again.");
}

Result<Upload> create_upload(Transaction& tx, const NewUpload& upload) {
  TRY(auto made_before, find_claimed(tx, upload));
  if (made_before) return std::move(*made_before);
  CHECK(tx.ledger.judge_open_upload(upload.project, tx.tables.projects, tx.tables.usage));
  TRY(auto created, tx.tables.uploads.insert(upload, tx.now));
  ++tx.changes.uploads_created;
  tx.ledger.upload_created(created);
  if (upload.idempotency) {
    CHECK(tx.tables.idempotency.put(upload.project, kCreateVerb, *upload.idempotency,
                                    upload.id.text, tx.now));
  }
  return created;
}

Result<Upload> find_upload(Transaction& tx, const OwnedUploadId& id) { return load(tx, id); }

Result<Part> add_part(Transaction& tx, const OwnedUploadId& id, const NewPart& part) {
  TRY(const auto upload, load(tx, id));
  CHECK(judge_part(upload, part.blob.bytes, tx.limits, tx.now));
  CHECK(charge(tx, upload.project, part.blob.bytes));
  CHECK(adopt(tx, part.blob.key));
  CHECK(tx.tables.uploads.count_part(upload, part.blob.bytes));
  tx.ledger.part_added(upload.project, part.blob.bytes);
  Part accepted{.id = part.id,
                .upload_id = upload.id,
                .created_at = tx.now,
                .blob = part.blob,
                .digests = part.digests,
                .sequence = std::uint64_t{upload.part_count} + 1};
  CHECK(tx.tables.parts.insert(upload.sequence, accepted));
  return accepted;
}

Result<CompleteOutcome> complete_upload(Transaction& tx, const OwnedUploadId& id,
                                        const CompleteRequest& request) {
  TRY(const auto upload, load(tx, id));
  if (std::holds_alternative<Completed>(upload.state)) return replay_complete(tx, upload, request);
  CHECK(require_pending(upload, tx.now));
  TRY(const auto parts, tx.tables.parts.all(upload.sequence, upload.id));
  TRY(auto completion, judge_complete(upload, parts, request, tx.now));

  auto& file = std::get<Completed>(completion.upload.state).file;
  TRY(file.sequence, tx.tables.files.insert(file, completion.manifest));
  const bool reaped = upload.part_count == 0;
  CHECK(tx.tables.uploads.end(completion.upload, reaped));
  ++tx.changes.uploads_completed;
  tx.ledger.upload_ended(completion.upload);
  tx.ledger.file_completed(file);
  if (!reaped) {
    tx.ledger.leftovers_made(completion.upload);
    CHECK(tx.tables.projects.release(upload.project, upload.stored_bytes - file.bytes));
    const Job job{
        .kind = JobKind::part_rows, .owner_seq = upload.sequence, .part_count = upload.part_count};
    CHECK(tx.tables.jobs.insert(job, completion.unused));
    ++tx.changes.reap_jobs_made;
  }
  return CompleteOutcome{.upload = std::move(completion.upload), .replayed = false};
}

Result<Upload> cancel_upload(Transaction& tx, const OwnedUploadId& id) {
  TRY(const auto upload, load(tx, id));
  TRY(auto cancelled, judge_cancel(upload, tx.now));
  if (std::holds_alternative<Pending>(upload.state)) {
    CHECK(end_without_file(tx, cancelled, /*held=*/false));
  }
  return cancelled;
}

Result<Page<Upload>> list_uploads(Snapshot& view, const ProjectId& project,
                                  const PageRequest& request) {
  TRY(const auto start, start_of(view, project, request));
  TRY(auto uploads, view.tables.uploads.page(project, request, start, request.limit + 1));
  for (Upload& upload : uploads) upload = at_time(std::move(upload), view.now);
  return page_of(std::move(uploads), request.limit);
}

Result<Page<Part>> list_parts(Snapshot& view, const OwnedUploadId& id, const PageRequest& request) {
  TRY(const auto upload, view.tables.uploads.find(id));
  if (!upload) return fail(no_such_upload(id.id.text));
  if (is_overdue(*upload, view.now)) return fail(ErrorCode::would_block, "The upload is overdue.");
  if (!std::holds_alternative<Pending>(upload->state)) return Page<Part>{};
  Position start = Position::before_all(request.order);
  if (!request.after.empty()) {
    TRY(const auto position, view.tables.parts.position(upload->sequence, request.after));
    if (!position) return fail(unknown_after(request.after));
    start = *position;
  }
  TRY(auto parts, view.tables.parts.page(upload->sequence, upload->id, request.order, start,
                                         request.limit + 1));
  return page_of(std::move(parts), request.limit);
}

}  // namespace partwise::sqlite
