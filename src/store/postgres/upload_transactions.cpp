#include "store/postgres/upload_transactions.hpp"

#include <fmt/format.h>

#include "core/transitions.hpp"
#include "store/postgres/file_rows.hpp"
#include "store/postgres/idempotency_rows.hpp"
#include "store/postgres/job_rows.hpp"
#include "store/postgres/part_rows.hpp"
#include "store/postgres/project_rows.hpp"

namespace partwise::postgres {

using job_rows::Job;
using job_rows::JobKind;
using upload_rows::Seen;

namespace {

constexpr std::string_view kCreateVerb = "create_upload";

// Where the claim of `upload` was made before: the id of what it made.
Result<std::optional<UploadId>> claim(Transaction& tx, const NewUpload& upload,
                                      const std::optional<UploadId>& gone_id) {
  if (!upload.idempotency) return std::nullopt;
  const IdempotencyClaim& claim = *upload.idempotency;
  TRY(const bool is_first,
      idempotency_rows::claim(tx, upload.project, kCreateVerb, claim, upload.id.text));
  if (is_first) return std::nullopt;
  TRY(const auto record, idempotency_rows::find(tx, upload.project, kCreateVerb, claim.key));
  // Swept between the two: the next try finds no record.
  if (!record) return fail(ErrorCode::overloaded, "The Idempotency-Key just ended. Try again.");
  if (record->request != claim.request) return fail(other_request_with(claim.key));
  if (!gone_id || record->object_id != gone_id->text) return UploadId{record->object_id};
  TRY(const bool is_replaced, idempotency_rows::replace(tx, upload.project, kCreateVerb, claim,
                                                        upload.id.text, gone_id->text));
  if (!is_replaced) return fail(ErrorCode::internal, "A record that is held was changed.");
  return std::nullopt;
}

Result<> judge_open_upload(Transaction& tx, const ProjectId& project) {
  TRY(const auto most, project_rows::hold_for_open_uploads(tx, project));
  if (!most) return {};
  TRY(const auto open, upload_rows::count_open(tx, project));
  if (open < *most) return {};
  return fail(over_quota_of_open_uploads(open, *most));
}

// Of a row that is not pending, and so stays as it is.
Result<Upload> find_ended(Transaction& tx, const OwnedUploadId& id) {
  TRY(auto seen, upload_rows::find(tx, id));
  if (!seen) return fail(no_such_upload(id.id.text));
  if (!std::holds_alternative<Pending>(seen->upload.state)) return std::move(seen->upload);
  return fail(ErrorCode::would_block, "The upload was made a moment ago.");
}

Upload expire(Transaction& tx, const Seen& seen) {
  Upload expired = at_time(seen.upload, seen.now);
  end_without_file(tx, expired, /*held=*/true);
  return expired;
}

// Compares with the digest that an earlier replay computed, or keeps the one of this for the next:
// once the file is gone, nobody can compute it.
Result<CompleteOutcome> replay_complete(Transaction& tx, const OwnedUploadId& id,
                                        CompleteRequest request) {
  TRY(const auto seen, upload_rows::lock(tx, id));
  if (!seen) return fail(no_such_upload(id.id.text));
  const Upload& completed = seen->upload;
  if (!request.computed_md5) {
    TRY(request.computed_md5, upload_rows::replay_md5(tx, completed.sequence));
  } else if (is_replay(completed, request.part_ids)) {
    upload_rows::note_replay_md5(tx, completed.sequence, *request.computed_md5);
    tx.keep();  // Also where this request is refused, because it says another one.
  }
  TRY(auto replay, judge_complete(completed, {}, request, seen->now));
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

Error taken_for_abandoned() {
  return {ErrorCode::unavailable, "The content was taken for abandoned. Send it again."};
}

void end_without_file(Transaction& tx, const Upload& ended, bool held) {
  const bool reaped = ended.part_count == 0;
  upload_rows::end(tx, ended, reaped);
  const bool cancelled = std::holds_alternative<Cancelled>(ended.state);
  ++(cancelled ? tx.changes.uploads_cancelled : tx.changes.uploads_expired);
  tx.usage.upload_ended(ended);
  if (reaped) return;
  tx.usage.leftovers_made(ended);
  job_rows::insert(tx,
                   Job{.kind = JobKind::upload_parts,
                       .owner_seq = ended.sequence,
                       .part_count = ended.part_count,
                       .held = held},
                   {});
  ++tx.changes.reap_jobs_made;
}

Result<> judge_charge(Transaction& tx, const ProjectId& project, std::uint64_t bytes) {
  CHECK(check_quota(tx, project, bytes));
  return {};
}

Result<std::uint64_t> check_quota(Transaction& tx, const ProjectId& project, std::uint64_t bytes) {
  TRY(const auto row, project_rows::find(tx, project));
  if (!row) return kNoQuota;
  return judge_room(*row, bytes);
}

Result<Created> create_upload(Transaction& tx, const NewUpload& upload,
                              const std::optional<UploadId>& gone_id) {
  TRY(auto made_before, claim(tx, upload, gone_id));
  if (made_before) return Created{.upload = {}, .made_before = std::move(*made_before)};
  CHECK(judge_open_upload(tx, upload.project));
  TRY(auto created, upload_rows::insert(tx, upload));
  ++tx.changes.uploads_created;
  tx.usage.upload_created(created);
  return Created{.upload = std::move(created), .made_before = {}};
}

Result<Seen> look_at(Transaction& tx, const OwnedUploadId& id) {
  TRY(auto seen, upload_rows::find(tx, id));
  if (!seen) return fail(no_such_upload(id.id.text));
  return std::move(*seen);
}

Result<Upload> meet_deadline(Transaction& tx, const OwnedUploadId& id) {
  TRY(const auto held, upload_rows::hold(tx, id));
  if (!held) return find_ended(tx, id);
  return is_overdue(held->upload, held->now) ? expire(tx, *held) : held->upload;
}

Result<Part> add_part(Transaction& tx, const OwnedUploadId& id, const NewPart& part) {
  upload_rows::count_part(tx, id, part.blob.bytes);
  project_rows::hold_for_bytes(tx, id.project);
  TRY(auto answers, tx.exchange());
  TRY(const auto counted, upload_rows::read_counted(std::move(answers[0]), part.blob.bytes));
  if (!counted) {
    TRY(const auto ended, find_ended(tx, id));
    return fail(not_pending(ended));
  }
  const auto& [upload, now] = *counted;
  if (is_overdue(upload, now)) return fail(ErrorCode::would_block, "The upload is overdue.");
  CHECK(judge_part(upload, part.blob.bytes, tx.limits, now));
  if (project_rows::read_quota(std::move(answers[1]))) {
    CHECK(judge_charge(tx, upload.project, part.blob.bytes));
  }
  Part accepted{.id = part.id,
                .upload_id = upload.id,
                .created_at = now,
                .blob = part.blob,
                .digests = part.digests,
                .sequence = std::uint64_t{upload.part_count} + 1};
  TRY(const bool adopted, part_rows::adopt(tx, upload.sequence, accepted));
  if (!adopted) return fail(taken_for_abandoned());
  tx.usage.part_added(upload.project, part.blob.bytes);
  return accepted;
}

Result<CompleteOutcome> complete_upload(Transaction& tx, const OwnedUploadId& id,
                                        const CompleteRequest& request) {
  TRY(const auto held, upload_rows::hold(tx, id));
  if (!held) {
    TRY(const auto ended, find_ended(tx, id));
    if (std::holds_alternative<Completed>(ended.state)) return replay_complete(tx, id, request);
    return fail(not_pending(ended));
  }
  const auto& [upload, now] = *held;
  if (is_overdue(upload, now)) {
    const Upload expired = expire(tx, *held);
    tx.keep();
    return fail(not_pending(expired));
  }
  TRY(const auto parts, part_rows::all(tx, upload.sequence, upload.id));
  TRY(auto completion, judge_complete(upload, parts, request, now));

  auto& file = std::get<Completed>(completion.upload.state).file;
  TRY(file.sequence, file_rows::insert(tx, file, completion.manifest));
  const bool reaped = upload.part_count == 0;
  upload_rows::end(tx, completion.upload, reaped);
  ++tx.changes.uploads_completed;
  tx.usage.upload_ended(completion.upload);
  tx.usage.file_completed(file);
  if (!reaped) {
    tx.usage.leftovers_made(completion.upload);
    job_rows::insert(tx,
                     Job{.kind = JobKind::part_rows,
                         .owner_seq = upload.sequence,
                         .part_count = upload.part_count},
                     completion.unused);
    ++tx.changes.reap_jobs_made;
  }
  return CompleteOutcome{.upload = std::move(completion.upload), .replayed = false};
}

Result<std::optional<CompleteOutcome>> find_completed(Transaction& tx, const OwnedUploadId& id,
                                                      const FileId& file) {
  TRY(auto made, upload_rows::find_made(tx, id));
  const auto* completed = made ? std::get_if<Completed>(&made->state) : nullptr;
  if (completed == nullptr || completed->file.id != file) return std::nullopt;
  return CompleteOutcome{.upload = std::move(*made), .replayed = false};
}

Result<Upload> cancel_upload(Transaction& tx, const OwnedUploadId& id) {
  TRY(const auto held, upload_rows::hold(tx, id));
  if (!held) {
    TRY(auto ended, find_ended(tx, id));
    return judge_cancel(std::move(ended), Timestamp{});  // A state that absorbs asks for no time.
  }
  if (is_overdue(held->upload, held->now)) {
    const Upload expired = expire(tx, *held);
    tx.keep();
    return fail(not_pending(expired));
  }
  TRY(auto cancelled, judge_cancel(held->upload, held->now));
  end_without_file(tx, cancelled, /*held=*/false);
  return cancelled;
}

Result<Page<Upload>> list_uploads(Transaction& view, const ProjectId& project,
                                  const PageRequest& request) {
  Position start = Position::before_all(request.order);
  if (!request.after.empty()) {
    TRY(const auto position, upload_rows::position(view, project, request.after));
    if (!position) return fail(unknown_after(request.after));
    start = *position;
  }
  TRY(auto uploads, upload_rows::page(view, project, request, start, request.limit + 1));
  TRY(const auto newest, job_rows::newest(view));
  for (Upload& upload : uploads) upload = at_time(std::move(upload), newest.second);
  return page_of(std::move(uploads), request.limit);
}

Result<Page<Part>> list_parts(Transaction& view, const OwnedUploadId& id,
                              const PageRequest& request) {
  TRY(const auto seen, look_at(view, id));
  const auto& [upload, now] = seen;
  if (is_overdue(upload, now)) return fail(ErrorCode::would_block, "The upload is overdue.");
  if (!std::holds_alternative<Pending>(upload.state)) return Page<Part>{};
  Position start = Position::before_all(request.order);
  if (!request.after.empty()) {
    TRY(const auto position, part_rows::position(view, upload.sequence, request.after));
    if (!position) return fail(unknown_after(request.after));
    start = *position;
  }
  TRY(auto parts,
      part_rows::page(view, upload.sequence, upload.id, request.order, start, request.limit + 1));
  return page_of(std::move(parts), request.limit);
}

}  // namespace partwise::postgres
