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

// Behind by as long as an upload lives.
class LateClock final : public Clock {
 public:
  explicit LateClock(const Clock& right) : right_(right) {}
  [[nodiscard]] Timestamp now() const override { return right_.now() - std::chrono::hours{1}; }
  [[nodiscard]] MonotonicTime monotonic_now() const override { return right_.monotonic_now(); }

 private:
  const Clock& right_;
};

// As a page that was cut one item too early and does not know it.
template <class T>
void lose_last(Page<T>& page) {
  if (page.has_more && page.items.size() > 1) {
    // The next page begins behind the last item that is shown, so that one has to be in the middle.
    page.items.erase(page.items.end() - 2);
  }
}

Task<Rows> read_rows(UploadStore& store, ProjectId project) {
  Rows rows;
  const auto refer = [&rows](const BlobRef& blob) {
    if (!rows.references.emplace(blob.key, blob).second) rows.shared_blobs.push_back(blob.key);
  };
  auto uploads = co_await store.list_uploads(project, everything());
  rows.uploads = std::move(uploads.value().items);
  for (const Upload& upload : rows.uploads) {
    if (!std::holds_alternative<Pending>(upload.state)) continue;
    OwnedUploadId id{.project = project, .id = upload.id};
    auto parts = co_await store.list_parts(std::move(id), everything());
    for (const Part& part : parts.value().items) refer(part.blob);
    rows.parts.emplace(upload.id, std::move(parts.value().items));
  }
  const auto files = co_await store.list_files(project, everything());
  for (const StoredFile& file : files.value().items) {
    OwnedFileId id{.project = project, .id = file.id};
    auto content = co_await store.find_file(std::move(id));
    if (!content) continue;
    for (const BlobRef& blob : content->manifest) refer(blob);
    rows.files.push_back(std::move(*content));
  }
  co_return rows;
}

}  // namespace

Result<Upload> Engine::create_upload(NewUpload upload) {
  if (mutation_ == Mutation::key_not_remembered) upload.idempotency.reset();
  return run_now(uploads().create_upload(std::move(upload)));
}

Result<Upload> Engine::find_upload(const OwnedUploadId& id) {
  auto upload = run_now(uploads().find_upload(id));
  const bool revives = mutation_ == Mutation::expired_not_absorbing && upload &&
                       std::holds_alternative<Expired>(upload->state) &&
                       clock_.now() < upload->expires_at;
  if (revives) upload->state = Pending{};
  return upload;
}

Result<Page<Upload>> Engine::list_uploads(const ProjectId& project, const PageRequest& page) {
  auto listed = run_now(uploads().list_uploads(project, page));
  if (listed && mutation_ == Mutation::page_loses_item) lose_last(*listed);
  return listed;
}

Result<Page<Part>> Engine::list_parts(const OwnedUploadId& id, const PageRequest& page) {
  return run_now(uploads().list_parts(id, page));
}

Engine::Asking Engine::asked_by(const Clock& node_clock) {
  if (mutation_ == Mutation::node_clock_decides) clock_.asking = &node_clock;
  return Asking(clock_);
}

bool Engine::adopts_anyway(const Result<Part>& added, bool knows_ended) const {
  if (added || added.error().code != ErrorCode::state_conflict) return false;
  if (mutation_ == Mutation::news_instead_of_transaction) return !knows_ended;
  return mutation_ == Mutation::adopt_without_pending;
}

bool Engine::mends_intent(const Error& refusal, const BlobKey& key) {
  if (mutation_ != Mutation::abandoned_intent_adopted) return false;
  if (refusal.code != ErrorCode::unavailable) return false;
  return run_now(garbage().record_intent(key, last_run_)).has_value();
}

Result<Part> Engine::add_part(const OwnedUploadId& id, const NewPart& part, bool knows_ended) {
  auto added = run_now(uploads().add_part(id, part));
  if (adopts_anyway(added, knows_ended)) added = adopt_anyway(id, part);
  if (!added && mends_intent(added.error(), part.blob.key)) {
    added = run_now(uploads().add_part(id, part));
  }
  if (mutation_ == Mutation::adopt_keeps_intent && added) {
    (void)run_now(garbage().record_intent(part.blob.key, last_run_));
  }
  if (added) batch_.emplace_back(&part_numbers_, part.id.text);
  return added;
}

Result<Part> Engine::adopt_anyway(const OwnedUploadId& id, const NewPart& part) {
  // The row is made, and nothing knows of the blob but this row.
  (void)run_now(garbage().release_intent(part.blob.key));
  (void)run_now(garbage().claim_work(last_run_, kAll, {}));
  const std::vector<ReapWork> adopted{
      {.job = 0, .blobs = {part.blob.key}, .cursor = 0, .file = {}}};
  (void)run_now(garbage().settle_work(adopted));
  return Part{.id = part.id,
              .upload_id = id.id,
              .created_at = clock_.now(),
              .blob = part.blob,
              .digests = part.digests,
              .sequence = 1};
}

Result<CompleteOutcome> Engine::complete_upload(const OwnedUploadId& id, CompleteRequest request) {
  if (mutation_ == Mutation::complete_wrong_order) std::ranges::sort(request.part_ids);
  const LateClock late(clock_.own());
  if (mutation_ == Mutation::deadline_of_complete_ignored) clock_.asking = &late;
  auto outcome = run_now(uploads().complete_upload(id, request));
  if (mutation_ == Mutation::deadline_of_complete_ignored) clock_.asking = nullptr;
  if (outcome) batch_.emplace_back(&end_numbers_, id.id.text);
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
  auto outcome = run_now(uploads().complete_upload(id, request));
  while (!outcome && request.part_ids.size() > 1) {
    request.part_ids.pop_back();
    outcome = run_now(uploads().complete_upload(id, request));
  }
  return outcome;
}

Result<Upload> Engine::cancel_upload(const OwnedUploadId& id) {
  if (mutation_ == Mutation::charge_kept_by_cancel) {
    const auto before = run_now(uploads().find_upload(id));
    const bool moves = before && std::holds_alternative<Pending>(before->state);
    if (moves) kept_charges_ += before->stored_bytes;
  }
  auto cancelled = run_now(uploads().cancel_upload(id));
  if (cancelled) batch_.emplace_back(&end_numbers_, id.id.text);
  return cancelled;
}

Result<StoredFile> Engine::create_file(const NewFile& file) {
  auto created = run_now(uploads().create_file(file));
  if (!created && mends_intent(created.error(), file.blob.key)) {
    created = run_now(uploads().create_file(file));
  }
  return created;
}

Result<FileContent> Engine::find_file(const OwnedFileId& id) {
  return run_now(uploads().find_file(id));
}

Result<Page<StoredFile>> Engine::list_files(const ProjectId& project, const PageRequest& page) {
  auto listed = run_now(uploads().list_files(project, page));
  if (listed && mutation_ == Mutation::page_loses_item) lose_last(*listed);
  return listed;
}

Result<StoredFile> Engine::delete_file(const OwnedFileId& id) {
  return run_now(uploads().delete_file(id));
}

Result<> Engine::record_intent(BlobKey key, const RunId& run) {
  last_run_ = run;
  auto recorded = run_now(garbage().record_intent(key, run));
  if (recorded) intents_.insert(key.text());
  if (mutation_ == Mutation::foreign_intents_due) runs_[key] = run;
  return recorded;
}

Result<> Engine::release_intent(BlobKey key) { return run_now(garbage().release_intent(key)); }

Result<ReapBatch> Engine::claim_work(const RunId& run, std::uint32_t blobs_max,
                                     ClaimFilter filter) {
  if (mutation_ == Mutation::foreign_intents_due) release_intents_of_others(run);
  auto batch = run_now(garbage().claim_work(run, blobs_max, filter));
  if (!batch) return batch;
  if (mutation_ == Mutation::file_never_reaped) {
    std::erase_if(batch->work, [](const ReapWork& work) { return work.file.has_value(); });
  }
  if (mutation_ == Mutation::forget_before_removal) {
    (void)run_now(garbage().settle_work(batch->work));
  }
  return batch;
}

void Engine::release_intents_of_others(const RunId& run) {
  for (const auto& [key, owner] : runs_) {
    if (owner != run) (void)run_now(garbage().release_intent(key));
  }
}

Result<> Engine::settle_work(const std::vector<ReapWork>& work) {
  return run_now(garbage().settle_work(work));
}

Result<SweepOutcome> Engine::sweep(std::uint32_t rows_max, std::chrono::seconds ended_ttl) {
  return run_now(garbage().sweep(rows_max, ended_ttl));
}

const Rows& Engine::rows() {
  if (rows_ && rows_read_at_ == clock_.now()) return *rows_;
  // One transaction for all of it: where none can be begun, each verb has its own.
  const bool is_begun = store_.begin().has_value();
  rows_ = run_now(read_rows(store_.uploads(), project_));
  if (is_begun) (void)store_.commit(false);  // Nothing was written.
  rows_read_at_ = clock_.now();
  return *rows_;
}

void Engine::end_batch(bool is_committed) {
  for (const auto& [numbers, id] : std::exchange(batch_, {})) {
    if (is_committed) numbers->try_emplace(id, ++transactions_);
  }
}

std::uint64_t Engine::number_of_part(const std::string& part) const {
  const auto found = part_numbers_.find(part);
  return found == part_numbers_.end() ? 0 : found->second;
}

std::uint64_t Engine::number_of_end(const std::string& upload) const {
  const auto found = end_numbers_.find(upload);
  return found == end_numbers_.end() ? 0 : found->second;
}

Usage Engine::usage() {
  auto usages = run_now(store_.accounts().usage(project_)).value();
  Usage usage = usages.empty() ? Usage{} : usages.front();
  usage.project.stored_bytes += kept_charges_;
  return usage;
}

}  // namespace partwise::sim
