#include <algorithm>

#include "core/transitions.hpp"
#include "store/memory/listing.hpp"
#include "store/memory/metadata_store.hpp"

namespace partwise {

Result<MemoryMetadataStore::UploadRecord*> MemoryMetadataStore::load(const OwnedUploadId& id) {
  const auto found = uploads_.find(id.id);
  if (found == uploads_.end() || found->second.upload.project != id.project ||
      found->second.forgotten) {
    return fail(no_such_upload(id.id.text));
  }
  UploadRecord& record = found->second;
  const Timestamp now = clock_.now();
  if (is_overdue(record.upload, now))
    end_without_file(record, Expired{.ended_at = now}, /*held=*/true);
  return &record;
}

void MemoryMetadataStore::end_without_file(UploadRecord& record, UploadState state, bool held) {
  record.upload.state = std::move(state);
  record.reaped = record.parts.empty();
  if (record.reaped) return;
  projects_[record.upload.project].stored_bytes -= record.upload.stored_bytes;
  Job job{.blobs = {},
          .upload = record.upload.id,
          .file = {},
          .held = held,
          .project = record.upload.project,
          .bytes = record.upload.stored_bytes};
  for (const Part& part : record.parts) job.blobs.push_back(part.blob.key);
  record.parts.clear();
  jobs_.emplace(++last_job_, std::move(job));
}

Result<std::uint64_t> MemoryMetadataStore::judge_quota(const ProjectId& project,
                                                       std::uint64_t bytes) const {
  const auto found = projects_.find(project);
  return found == projects_.end() ? kNoQuota : judge_room(found->second, bytes);
}

Result<> MemoryMetadataStore::check_open_uploads(const ProjectId& project) const {
  const auto found = projects_.find(project);
  if (found == projects_.end() || !found->second.quotas.open_uploads) return {};
  const std::uint64_t most = *found->second.quotas.open_uploads;
  const auto is_open = [&](const auto& entry) {
    const Upload& upload = entry.second.upload;
    return upload.project == project && std::holds_alternative<Pending>(upload.state);
  };
  const auto open = static_cast<std::uint64_t>(std::ranges::count_if(uploads_, is_open));
  if (open < most) return {};
  return fail(over_quota_of_open_uploads(open, most));
}

Result<> MemoryMetadataStore::check_intent(const BlobKey& key) const {
  const auto found = intents_.find(key);
  if (found != intents_.end() && !found->second.claimed) return {};
  return fail(ErrorCode::unavailable, "The content was taken for abandoned. Send it again.");
}

Result<std::optional<Upload>> MemoryMetadataStore::find_claimed(const NewUpload& created) {
  if (!created.idempotency) return std::nullopt;
  const auto found = idempotency_.find({created.project, created.idempotency->key});
  if (found == idempotency_.end()) return std::nullopt;
  const IdempotencyRecord& record = found->second;
  if (record.created_at + kIdempotencyTtl <= clock_.now()) return std::nullopt;
  if (record.request != created.idempotency->request) {
    return fail(other_request_with(created.idempotency->key));
  }
  const auto made = load({.project = created.project, .id = record.upload});
  if (!made) return std::nullopt;
  return (*made)->upload;
}

Task<Result<Upload>> MemoryMetadataStore::create_upload(NewUpload created) {
  CO_TRY(auto made_before, find_claimed(created));
  if (made_before) co_return std::move(*made_before);
  if (uploads_.contains(created.id))
    co_return fail(ErrorCode::internal, "An upload id was used twice.");
  CO_CHECK(check_open_uploads(created.project));
  Upload upload;
  upload.id = created.id;
  upload.project = created.project;
  upload.bytes = created.bytes;
  upload.filename = created.filename;
  upload.purpose = created.purpose;
  upload.mime_type = created.mime_type;
  upload.created_at = clock_.now();
  upload.expires_at = upload.created_at + created.ttl;
  upload.file_ttl = created.file_ttl;
  upload.sequence = ++last_upload_;
  uploads_.emplace(upload.id, UploadRecord{.upload = upload, .parts = {}, .replay_md5 = {}});
  if (created.idempotency) {
    idempotency_[{created.project, created.idempotency->key}] = {
        .request = created.idempotency->request,
        .upload = upload.id,
        .created_at = upload.created_at};
  }
  co_return upload;
}

Task<Result<std::uint64_t>> MemoryMetadataStore::check_quota(ProjectId project,
                                                             std::uint64_t bytes) {
  co_return judge_quota(project, bytes);
}

Task<Result<Upload>> MemoryMetadataStore::find_upload(OwnedUploadId id) {
  CO_TRY(const auto* record, load(id));
  co_return record->upload;
}

Task<Result<Page<Upload>>> MemoryMetadataStore::list_uploads(ProjectId project, PageRequest page) {
  std::vector<Upload> places;
  for (const auto& [id, record] : uploads_) {
    if (record.upload.project == project) places.push_back(at_time(record.upload, clock_.now()));
  }
  const auto is_shown = [&](const Upload& upload) {
    if (uploads_.at(upload.id).forgotten) return false;
    return !page.purpose || upload.purpose == *page.purpose;
  };
  co_return memory::page_of(std::move(places), page, is_shown);
}

Task<Result<Page<Part>>> MemoryMetadataStore::list_parts(OwnedUploadId id, PageRequest page) {
  CO_TRY(const auto* record, load(id));
  if (!std::holds_alternative<Pending>(record->upload.state)) co_return Page<Part>{};
  co_return memory::page_of(record->parts, page, [](const Part&) { return true; });
}

Task<Result<Part>> MemoryMetadataStore::add_part(OwnedUploadId id, NewPart added) {
  CO_TRY(auto* record, load(id));
  Upload& upload = record->upload;
  const Timestamp now = clock_.now();
  CO_CHECK(judge_part(upload, added.blob.bytes, limits_, now));
  CO_CHECK(judge_quota(upload.project, added.blob.bytes));
  CO_CHECK(check_intent(added.blob.key));

  intents_.erase(added.blob.key);
  projects_[upload.project].stored_bytes += added.blob.bytes;
  upload.stored_bytes += added.blob.bytes;
  upload.part_count += 1;
  record->parts.push_back({.id = added.id,
                           .upload_id = upload.id,
                           .created_at = now,
                           .blob = added.blob,
                           .digests = added.digests,
                           .sequence = upload.part_count});
  co_return record->parts.back();
}

Task<Result<CompleteOutcome>> MemoryMetadataStore::complete_upload(OwnedUploadId id,
                                                                   CompleteRequest request) {
  CO_TRY(auto* record, load(id));
  if (!request.computed_md5) {
    request.computed_md5 = record->replay_md5;
  } else if (is_replay(record->upload, request.part_ids)) {
    record->replay_md5 = request.computed_md5;
  }
  CO_TRY(auto completion, judge_complete(record->upload, record->parts, request, clock_.now()));
  if (completion.replayed) co_return CompleteOutcome{.upload = completion.upload, .replayed = true};

  StoredFile& file = std::get<Completed>(completion.upload.state).file;
  if (files_.contains(file.id)) co_return fail(ErrorCode::internal, "A file id was used twice.");
  file.sequence = ++last_file_;
  files_.emplace(file.id,
                 FileRecord{.file = file, .manifest = completion.manifest, .deleted_at = {}});
  projects_[file.project].stored_bytes -= record->upload.stored_bytes - file.bytes;
  record->upload = completion.upload;
  record->reaped = record->parts.empty();
  record->parts.clear();
  if (!record->reaped) {
    jobs_.emplace(++last_job_, Job{.blobs = completion.unused,
                                   .upload = id.id,
                                   .file = {},
                                   .project = id.project,
                                   .bytes = record->upload.stored_bytes - record->upload.bytes});
  }
  co_return CompleteOutcome{.upload = record->upload, .replayed = false};
}

Task<Result<Upload>> MemoryMetadataStore::cancel_upload(OwnedUploadId id) {
  CO_TRY(auto* record, load(id));
  CO_TRY(const auto cancelled, judge_cancel(record->upload, clock_.now()));
  if (std::holds_alternative<Pending>(record->upload.state)) {
    end_without_file(*record, cancelled.state, /*held=*/false);
  }
  co_return record->upload;
}

}  // namespace partwise
