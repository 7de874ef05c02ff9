#include "engine.hpp"

#include <algorithm>
#include <map>

namespace partwise::sim {

namespace {

constexpr std::uint32_t kAll = 1'000'000;

PageRequest everything() {
  PageRequest page;
  page.limit = kAll;
  page.order = Order::asc;
  return page;
}

// As a page that was cut one item too early and does not know it.
template <class T>
void lose_last(Page<T>& page) {
  if (page.has_more && page.items.size() > 1) {
    // The next page begins behind the last item that is shown, so that one has to be in the middle.
    page.items.erase(page.items.end() - 2);
  }
}

}  // namespace

Result<Upload> Engine::create_upload(NewUpload upload) {
  if (mutation_ == Mutation::key_not_remembered) upload.idempotency.reset();
  return run_now(store_.uploads().create_upload(std::move(upload)));
}

Result<Upload> Engine::find_upload(const OwnedUploadId& id) {
  auto upload = run_now(store_.uploads().find_upload(id));
  const bool revives = mutation_ == Mutation::expired_not_absorbing && upload &&
                       std::holds_alternative<Expired>(upload->state) &&
                       clock_.now() < upload->expires_at;
  if (revives) upload->state = Pending{};
  return upload;
}

Result<Page<Upload>> Engine::list_uploads(const ProjectId& project, const PageRequest& page) {
  auto listed = run_now(store_.uploads().list_uploads(project, page));
  if (listed && mutation_ == Mutation::page_loses_item) lose_last(*listed);
  return listed;
}

Result<Page<Part>> Engine::list_parts(const OwnedUploadId& id, const PageRequest& page) {
  return run_now(store_.uploads().list_parts(id, page));
}

Result<Part> Engine::add_part(const OwnedUploadId& id, const NewPart& part) {
  auto added = run_now(store_.uploads().add_part(id, part));
  if (mutation_ == Mutation::adopt_without_pending && !added &&
      added.error().code == ErrorCode::state_conflict) {
    return adopt_anyway(id, part);
  }
  if (mutation_ == Mutation::adopt_keeps_intent && added) {
    (void)run_now(store_.garbage().record_intent(part.blob.key, last_run_));
  }
  return added;
}

Result<Part> Engine::adopt_anyway(const OwnedUploadId& id, const NewPart& part) {
  // The row is made, and nothing knows of the blob but this row.
  (void)run_now(store_.garbage().release_intent(part.blob.key));
  (void)run_now(store_.garbage().claim_work(last_run_, kAll, {}));
  const std::vector<ReapWork> adopted{
      {.job = 0, .blobs = {part.blob.key}, .cursor = 0, .file = {}}};
  (void)run_now(store_.garbage().settle_work(adopted));
  return Part{.id = part.id,
              .upload_id = id.id,
              .created_at = clock_.now(),
              .blob = part.blob,
              .digests = part.digests,
              .sequence = 1};
}

Result<CompleteOutcome> Engine::complete_upload(const OwnedUploadId& id, CompleteRequest request) {
  if (mutation_ == Mutation::complete_wrong_order) std::ranges::sort(request.part_ids);
  auto outcome = run_now(store_.uploads().complete_upload(id, request));
  if (mutation_ == Mutation::complete_not_idempotent && outcome && outcome->replayed) {
    return fail(ErrorCode::state_conflict,
                "Upload " + id.id.text + " is not pending (status: completed).");
  }
  if (mutation_ == Mutation::complete_drops_excess && !outcome &&
      outcome.error().code == ErrorCode::invalid_request) {
    return complete_what_fits(id, std::move(request));
  }
  return outcome;
}

Result<CompleteOutcome> Engine::complete_what_fits(const OwnedUploadId& id,
                                                   CompleteRequest request) {
  auto outcome = run_now(store_.uploads().complete_upload(id, request));
  while (!outcome && request.part_ids.size() > 1) {
    request.part_ids.pop_back();
    outcome = run_now(store_.uploads().complete_upload(id, request));
  }
  return outcome;
}

Result<Upload> Engine::cancel_upload(const OwnedUploadId& id) {
  const auto before = run_now(store_.uploads().find_upload(id));
  const bool moves = before && std::holds_alternative<Pending>(before->state);
  if (mutation_ == Mutation::charge_kept_by_cancel && moves) kept_charges_ += before->stored_bytes;
  return run_now(store_.uploads().cancel_upload(id));
}

Result<StoredFile> Engine::create_file(const NewFile& file) {
  return run_now(store_.uploads().create_file(file));
}

Result<FileContent> Engine::find_file(const OwnedFileId& id) {
  return run_now(store_.uploads().find_file(id));
}

Result<Page<StoredFile>> Engine::list_files(const ProjectId& project, const PageRequest& page) {
  auto listed = run_now(store_.uploads().list_files(project, page));
  if (listed && mutation_ == Mutation::page_loses_item) lose_last(*listed);
  return listed;
}

Result<StoredFile> Engine::delete_file(const OwnedFileId& id) {
  return run_now(store_.uploads().delete_file(id));
}

Result<> Engine::record_intent(BlobKey key, const RunId& run) {
  last_run_ = run;
  auto recorded = run_now(store_.garbage().record_intent(key, run));
  if (recorded) intents_.insert(key.text());
  return recorded;
}

Result<> Engine::release_intent(BlobKey key) {
  return run_now(store_.garbage().release_intent(key));
}

Result<ReapBatch> Engine::claim_work(const RunId& run, std::uint32_t blobs_max,
                                     ClaimFilter filter) {
  auto batch = run_now(store_.garbage().claim_work(run, blobs_max, filter));
  if (!batch) return batch;
  if (mutation_ == Mutation::file_never_reaped) {
    std::erase_if(batch->work, [](const ReapWork& work) { return work.file.has_value(); });
  }
  if (mutation_ == Mutation::forget_before_removal) {
    (void)run_now(store_.garbage().settle_work(batch->work));
  }
  return batch;
}

Result<> Engine::settle_work(const std::vector<ReapWork>& work) {
  return run_now(store_.garbage().settle_work(work));
}

Result<SweepOutcome> Engine::sweep(std::uint32_t rows_max, std::chrono::seconds ended_ttl) {
  return run_now(store_.garbage().sweep(rows_max, ended_ttl));
}

std::vector<Upload> Engine::all_uploads(const ProjectId& project) {
  return run_now(store_.uploads().list_uploads(project, everything())).value().items;
}

std::vector<Part> Engine::parts_of(const Upload& upload) {
  return run_now(store_.uploads().list_parts({.project = upload.project, .id = upload.id},
                                             everything()))
      .value()
      .items;
}

std::vector<FileContent> Engine::all_files(const ProjectId& project) {
  std::vector<FileContent> found;
  for (const StoredFile& file :
       run_now(store_.uploads().list_files(project, everything())).value().items) {
    auto content = run_now(store_.uploads().find_file({.project = project, .id = file.id}));
    if (content) found.push_back(std::move(*content));
  }
  return found;
}

Usage Engine::usage_of(const ProjectId& project) {
  auto usages = run_now(store_.accounts().usage(project)).value();
  Usage usage = usages.empty() ? Usage{} : usages.front();
  usage.project.stored_bytes += kept_charges_;
  return usage;
}

}  // namespace partwise::sim
