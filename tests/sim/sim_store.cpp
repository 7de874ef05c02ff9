#include "sim_store.hpp"

#include <algorithm>
#include <iterator>

namespace partwise::sim {

namespace {

Error unavailable() {
  return {ErrorCode::unavailable, "The metadata store has failed. Try again later."};
}

}  // namespace

template <class T, class Verb>
class SimStore::TypedOperation final : public Operation {
 public:
  TypedOperation(Kind kind, Verb verb, Completion<Result<T>> complete)
      : Operation(kind), verb_(std::move(verb)), complete_(std::move(complete)) {}
  void run() override { result_.emplace(verb_()); }
  void answer() override { complete_(std::move(*result_)); }
  void refuse(Error error) override { complete_(Result<T>(std::unexpected(std::move(error)))); }

 private:
  Verb verb_;
  Completion<Result<T>> complete_;
  std::optional<Result<T>> result_;
};

template <class T, class Verb>
Task<Result<T>> SimStore::run(Kind kind, Verb verb) {
  auto start = [this, kind, verb = std::move(verb)](Completion<Result<T>> complete) mutable {
    enqueue(std::make_unique<TypedOperation<T, Verb>>(kind, std::move(verb), std::move(complete)));
  };
  return await_completion<Result<T>>(std::move(start));
}

void SimStore::detach() {
  stopped_ = true;
  for (auto& operation : std::exchange(waiting_, {})) operation->refuse(unavailable());
  for (const auto& batch : std::exchange(answering_, {})) {
    for (auto& operation : *batch) operation->refuse(unavailable());
    batch->clear();
  }
}

void SimStore::enqueue(std::unique_ptr<Operation> operation) {
  if (stopped_) return operation->refuse(unavailable());
  if (operation->kind() == Kind::reads) return read(std::move(operation));
  waiting_.push_back(std::move(operation));
  expect_commit();
}

void SimStore::read(std::unique_ptr<Operation> operation) {
  parts_.scheduler.act(parts_.owner, "read", [this, one = std::move(operation)]() mutable {
    if (stopped_) return one->refuse(unavailable());
    if (!is_tried(*one)) return;
    const auto asking = parts_.engine.asked_by(parts_.node_clock);
    one->run();
    one->answer();
  });
}

void SimStore::expect_commit() {
  if (committing_ || waiting_.empty()) return;
  committing_ = true;
  parts_.scheduler.act(parts_.owner, "commit", [this] { commit(); });
}

bool SimStore::is_tried(Operation& operation) {
  if (parts_.dice.chance(parts_.faults.overloaded_per_mille)) {
    operation.refuse({ErrorCode::overloaded, "Too many requests wait. Try again."});
    return false;
  }
  if (operation.kind() == Kind::takes && parts_.dice.chance(parts_.faults.full_per_mille)) {
    operation.refuse({ErrorCode::out_of_space, "The volume of the metadata has no room."});
    return false;
  }
  return true;
}

void SimStore::commit() {
  if (stopped_) return;
  const auto count = static_cast<std::ptrdiff_t>(1 + parts_.dice.below(waiting_.size()));
  Batch batch(std::move_iterator(waiting_.begin()), std::move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  std::erase_if(batch, [this](const auto& operation) { return !is_tried(*operation); });
  DurableStore& durable = parts_.engine.store();
  const bool fails = !batch.empty() && parts_.dice.chance(parts_.faults.failed_per_mille);
  // The other half of the commits that fail have happened.
  const bool is_lost = fails && !durable.is_on_disk() && parts_.dice.chance(500);
  if (is_lost || !durable.begin()) return fail_commit(std::move(batch));
  {
    const auto asking = parts_.engine.asked_by(parts_.node_clock);
    for (const auto& operation : batch) operation->run();
  }
  const bool is_committed = durable.commit(fails).has_value();
  // On a disk only the next start knows; one run follows the other there, and needs no numbers.
  parts_.engine.end_batch(is_committed && !durable.is_on_disk());
  if (!is_committed || fails) return fail_commit(std::move(batch));
  parts_.on_commit();
  auto committed = std::make_shared<Batch>(std::move(batch));
  answering_.push_back(committed);
  parts_.scheduler.act(parts_.owner, "answer", [this, committed] { answer(committed); });
}

void SimStore::answer(const std::shared_ptr<Batch>& batch) {
  answering_.clear();
  for (const auto& operation : *batch) operation->answer();
  committing_ = false;
  expect_commit();
}

void SimStore::fail_commit(Batch batch) {
  stopped_ = true;
  for (const auto& operation : batch) operation->refuse(unavailable());
  for (auto& operation : std::exchange(waiting_, {})) operation->refuse(unavailable());
  parts_.on_failed();
}

Task<Result<Upload>> SimStore::create_upload(NewUpload upload) {
  return run<Upload>(Kind::takes, [this, upload = std::move(upload)] {
    return parts_.engine.create_upload(upload);
  });
}

Task<Result<Upload>> SimStore::find_upload(OwnedUploadId id) {
  return run<Upload>(Kind::frees,
                     [this, id = std::move(id)] { return parts_.engine.find_upload(id); });
}

Task<Result<Page<Upload>>> SimStore::list_uploads(ProjectId project, PageRequest page) {
  return run<Page<Upload>>(Kind::reads,
                           [this, project = std::move(project), page = std::move(page)] {
                             return parts_.engine.list_uploads(project, page);
                           });
}

Task<Result<Page<Part>>> SimStore::list_parts(OwnedUploadId id, PageRequest page) {
  return run<Page<Part>>(Kind::reads, [this, id = std::move(id), page = std::move(page)] {
    return parts_.engine.list_parts(id, page);
  });
}

Task<Result<Part>> SimStore::add_part(OwnedUploadId id, NewPart part) {
  const BlobKey key = part.blob.key;
  auto add = [this, id = std::move(id), part = std::move(part)] {
    return parts_.engine.add_part(id, part, parts_.knows_ended(id.id));
  };
  auto added = co_await run<Part>(Kind::takes, std::move(add));
  const bool unknown = !added && added.error().code == ErrorCode::unavailable;
  if (unknown && parts_.mutation == Mutation::tidy_after_unknown) parts_.engine.remove_blob(key);
  co_return added;
}

Task<Result<CompleteOutcome>> SimStore::complete_upload(OwnedUploadId id, CompleteRequest request) {
  return run<CompleteOutcome>(Kind::takes,
                              [this, id = std::move(id), request = std::move(request)] {
                                return parts_.engine.complete_upload(id, request);
                              });
}

Task<Result<Upload>> SimStore::cancel_upload(OwnedUploadId id) {
  if (parts_.mutation == Mutation::delete_before_commit) {
    const Rows& rows = parts_.engine.rows();
    if (const auto parts = rows.parts.find(id.id); parts != rows.parts.end()) {
      for (const Part& part : parts->second) parts_.engine.remove_blob(part.blob.key);
    }
  }
  auto cancel = [this, id] { return parts_.engine.cancel_upload(id); };
  if (parts_.mutation == Mutation::answer_before_commit) {
    auto find = [this, id] { return parts_.engine.find_upload(id); };
    auto found = co_await run<Upload>(Kind::frees, std::move(find));
    if (!found || !std::holds_alternative<Pending>(found->state)) {
      co_return co_await run<Upload>(Kind::frees, std::move(cancel));
    }
    auto ignore = [](Result<Upload>) {};
    enqueue(std::make_unique<TypedOperation<Upload, decltype(cancel)>>(
        Kind::frees, std::move(cancel), Completion<Result<Upload>>(std::move(ignore))));
    found->state = Cancelled{.ended_at = found->created_at};
    co_return found;
  }
  co_return co_await run<Upload>(Kind::frees, std::move(cancel));
}

Task<Result<std::uint64_t>> SimStore::check_quota(ProjectId project, std::uint64_t bytes) {
  return run<std::uint64_t>(Kind::frees, [this, project = std::move(project), bytes] {
    return run_now(parts_.engine.store().uploads().check_quota(project, bytes));
  });
}

Task<Result<StoredFile>> SimStore::create_file(NewFile file) {
  return run<StoredFile>(
      Kind::takes, [this, file = std::move(file)] { return parts_.engine.create_file(file); });
}

Task<Result<FileContent>> SimStore::find_file(OwnedFileId id) {
  return run<FileContent>(Kind::frees,
                          [this, id = std::move(id)] { return parts_.engine.find_file(id); });
}

Task<Result<Page<StoredFile>>> SimStore::list_files(ProjectId project, PageRequest page) {
  return run<Page<StoredFile>>(Kind::reads,
                               [this, project = std::move(project), page = std::move(page)] {
                                 return parts_.engine.list_files(project, page);
                               });
}

Task<Result<StoredFile>> SimStore::delete_file(OwnedFileId id) {
  return run<StoredFile>(Kind::frees,
                         [this, id = std::move(id)] { return parts_.engine.delete_file(id); });
}

Task<Result<>> SimStore::record_intent(BlobKey key, RunId run_id) {
  auto record = [this, key, run_id = std::move(run_id)] {
    return parts_.engine.record_intent(key, run_id);
  };
  if (parts_.mutation == Mutation::intent_after_blob) {
    auto ignore = [](Result<>) {};
    enqueue(std::make_unique<TypedOperation<void, decltype(record)>>(
        Kind::takes, std::move(record), Completion<Result<>>(std::move(ignore))));
    co_return Result<>{};
  }
  co_return co_await run<void>(Kind::takes, std::move(record));
}

Task<Result<>> SimStore::release_intent(BlobKey key) {
  return run<void>(Kind::frees, [this, key] { return parts_.engine.release_intent(key); });
}

Task<Result<ReapBatch>> SimStore::claim_work(RunId run_id, std::uint32_t blobs_max,
                                             ClaimFilter filter) {
  return run<ReapBatch>(Kind::frees,
                        [this, run_id = std::move(run_id), blobs_max, filter = std::move(filter)] {
                          return parts_.engine.claim_work(run_id, blobs_max, filter);
                        });
}

Task<Result<>> SimStore::settle_work(std::vector<ReapWork> work) {
  return run<void>(Kind::frees,
                   [this, work = std::move(work)] { return parts_.engine.settle_work(work); });
}

Task<Result<SweepOutcome>> SimStore::sweep(std::uint32_t rows_max, std::chrono::seconds ended_ttl) {
  return run<SweepOutcome>(Kind::frees, [this, rows_max, ended_ttl] {
    return parts_.engine.sweep(rows_max, ended_ttl);
  });
}

Task<Result<ApiKey>> SimStore::create_key(NewKey key) {
  return run<ApiKey>(Kind::takes, [this, key = std::move(key)] {
    return run_now(parts_.engine.store().accounts().create_key(key));
  });
}

Task<Result<ApiKey>> SimStore::revoke_key(KeyId id) {
  return run<ApiKey>(Kind::frees, [this, id = std::move(id)] {
    return run_now(parts_.engine.store().accounts().revoke_key(id));
  });
}

Task<Result<std::vector<ApiKey>>> SimStore::list_keys() {
  return run<std::vector<ApiKey>>(
      Kind::reads, [this] { return run_now(parts_.engine.store().accounts().list_keys()); });
}

Task<Result<std::uint64_t>> SimStore::keys_version() {
  return run<std::uint64_t>(
      Kind::frees, [this] { return run_now(parts_.engine.store().accounts().keys_version()); });
}

Task<Result<Project>> SimStore::create_project(ProjectId id, Quotas quotas) {
  return run<Project>(Kind::takes, [this, id = std::move(id), quotas] {
    return run_now(parts_.engine.store().accounts().create_project(id, quotas));
  });
}

Task<Result<Project>> SimStore::set_quotas(ProjectId id, Quotas quotas) {
  return run<Project>(Kind::takes, [this, id = std::move(id), quotas] {
    return run_now(parts_.engine.store().accounts().set_quotas(id, quotas));
  });
}

Task<Result<std::vector<Usage>>> SimStore::usage(std::optional<ProjectId> project) {
  return run<std::vector<Usage>>(Kind::reads, [this, project = std::move(project)] {
    return run_now(parts_.engine.store().accounts().usage(project));
  });
}

Task<Result<OwnerPage>> SimStore::owners(OwnerCursor cursor, std::uint32_t blobs_max) {
  return run<OwnerPage>(Kind::reads, [this, cursor, blobs_max] {
    return run_now(parts_.engine.catalog().owners(cursor, blobs_max));
  });
}

Task<Result<std::vector<CatalogBlob>>> SimStore::still_owned(std::vector<CatalogBlob> blobs) {
  return run<std::vector<CatalogBlob>>(Kind::reads, [this, blobs = std::move(blobs)]() mutable {
    if (parts_.mutation == Mutation::looks_once) {
      return Result<std::vector<CatalogBlob>>(std::move(blobs));
    }
    return run_now(parts_.engine.catalog().still_owned(blobs));
  });
}

}  // namespace partwise::sim
