#include <utility>
#include <variant>

#include "core/transitions.hpp"
#include "store/memory/listing.hpp"
#include "store/memory/metadata_store.hpp"

namespace partwise {

namespace {
// Source: the wire contract.
constexpr std::chrono::seconds kTombstoneTtl{30 * 24 * 3600};

// When an upload that is not pending ended.
Timestamp ended_at(const Upload& upload) {
  struct Ends {
    Timestamp operator()(const Pending&) const { return Timestamp::max(); }
    Timestamp operator()(const Completed& state) const { return state.ended_at; }
    Timestamp operator()(const Cancelled& state) const { return state.ended_at; }
    Timestamp operator()(const Expired& state) const { return state.ended_at; }
  };
  return std::visit(Ends{}, upload.state);
}
}  // namespace

bool MemoryMetadataStore::is_living(const FileRecord& record) const {
  if (record.deleted_at) return false;
  return !record.file.expires_at || clock_.now() < *record.file.expires_at;
}

Result<MemoryMetadataStore::FileRecord*> MemoryMetadataStore::load_file(const OwnedFileId& id) {
  const auto found = files_.find(id.id);
  if (found == files_.end() || found->second.file.project != id.project ||
      !is_living(found->second)) {
    return fail(no_such_file(id.id.text));
  }
  return &found->second;
}

void MemoryMetadataStore::bury(FileRecord& record, bool held) {
  record.deleted_at = clock_.now();
  record.reaped = record.manifest.empty();
  projects_[record.file.project].stored_bytes -= record.file.bytes;
  if (record.reaped) return;
  Job job{.blobs = {},
          .upload = {},
          .file = record.file.id,
          .held = held,
          .project = record.file.project,
          .bytes = record.file.bytes};
  if (is_shared()) job.due_at = clock_.now() + limits_.reader_grace;
  for (const BlobRef& blob : record.manifest) job.blobs.push_back(blob.key);
  jobs_.emplace(++last_job_, std::move(job));
}

Task<Result<StoredFile>> MemoryMetadataStore::create_file(NewFile created) {
  if (files_.contains(created.id)) co_return fail(ErrorCode::internal, "A file id was used twice.");
  CO_CHECK(judge_quota(created.project, created.blob.bytes));
  CO_CHECK(check_intent(created.blob.key));

  intents_.erase(created.blob.key);
  projects_[created.project].stored_bytes += created.blob.bytes;
  StoredFile file;
  file.id = created.id;
  file.project = created.project;
  file.purpose = created.purpose;
  file.filename = created.filename;
  file.bytes = created.blob.bytes;
  file.created_at = clock_.now();
  if (created.ttl) file.expires_at = file.created_at + *created.ttl;
  file.crc64 = created.blob.crc64;
  file.md5 = created.md5;
  file.sequence = ++last_file_;
  files_.emplace(file.id, FileRecord{.file = file, .manifest = {created.blob}, .deleted_at = {}});
  co_return file;
}

Task<Result<FileContent>> MemoryMetadataStore::find_file(OwnedFileId id) {
  CO_TRY(const auto* record, load_file(id));
  co_return FileContent{.file = record->file, .manifest = record->manifest};
}

Task<Result<Page<StoredFile>>> MemoryMetadataStore::list_files(ProjectId project,
                                                               PageRequest page) {
  std::vector<StoredFile> places;
  for (const auto& [id, record] : files_) {
    const bool has_place = !record.deleted_at || clock_.now() < *record.deleted_at + kTombstoneTtl;
    if (record.file.project == project && has_place) places.push_back(record.file);
  }
  const auto is_shown = [&](const StoredFile& file) {
    return is_living(files_.at(file.id)) && (!page.purpose || file.purpose == *page.purpose);
  };
  co_return memory::page_of(std::move(places), page, is_shown);
}

Task<Result<StoredFile>> MemoryMetadataStore::delete_file(OwnedFileId id) {
  CO_TRY(auto* record, load_file(id));
  bury(*record, /*held=*/false);
  co_return record->file;
}

Task<Result<SweepOutcome>> MemoryMetadataStore::sweep(std::uint32_t rows_max,
                                                      std::chrono::seconds ended_ttl) {
  SweepOutcome outcome;
  const Timestamp now = clock_.now();
  std::uint32_t left = rows_max;
  for (auto& [id, record] : uploads_) {
    if (left == 0) break;
    if (!is_overdue(record.upload, now)) continue;
    end_without_file(record, Expired{.ended_at = now}, /*held=*/true);
    outcome.expired_uploads.push_back(id);
    --left;
  }
  for (auto& [id, record] : files_) {
    if (left == 0) break;
    if (record.deleted_at || is_living(record)) continue;
    bury(record, /*held=*/true);
    outcome.expired_files.push_back(id);
    --left;
  }
  abandon_intents(left, outcome);
  left -= outcome.abandoned_intents;
  forget_old(left, ended_ttl, outcome);
  forget_idempotency(left, outcome);
  outcome.next_due = next_due(ended_ttl);
  outcome.more = outcome.next_due && *outcome.next_due <= now;
  co_return outcome;
}

void MemoryMetadataStore::forget_old(std::uint32_t rows_max, std::chrono::seconds ended_ttl,
                                     SweepOutcome& outcome) {
  const Timestamp now = clock_.now();
  for (auto& [id, record] : uploads_) {
    const bool old = record.reaped && ended_at(record.upload) + ended_ttl <= now;
    if (!old || record.forgotten || outcome.purged == rows_max) continue;
    record.forgotten = true;
    ++outcome.purged;
  }
  std::erase_if(uploads_, [&](const auto& entry) {
    const UploadRecord& record = entry.second;
    const bool old = record.forgotten && ended_at(record.upload) + ended_ttl + kTombstoneTtl <= now;
    return old && outcome.purged < rows_max && ++outcome.purged;
  });
  std::erase_if(files_, [&](const auto& entry) {
    const FileRecord& record = entry.second;
    const bool old = record.reaped && *record.deleted_at + kTombstoneTtl <= now;
    return old && outcome.purged < rows_max && ++outcome.purged;
  });
}

void MemoryMetadataStore::forget_idempotency(std::uint32_t rows_max, SweepOutcome& outcome) {
  std::erase_if(idempotency_, [&](const auto& entry) {
    const bool old = entry.second.created_at + kIdempotencyTtl <= clock_.now();
    return old && outcome.purged < rows_max && ++outcome.purged;
  });
}

std::optional<Timestamp> MemoryMetadataStore::next_due(std::chrono::seconds ended_ttl) const {
  std::optional<Timestamp> earliest;
  const auto note = [&](Timestamp time) {
    if (!earliest || time < *earliest) earliest = time;
  };
  for (const auto& [id, record] : uploads_) {
    if (std::holds_alternative<Pending>(record.upload.state)) note(record.upload.expires_at);
    const auto forgotten_for = record.forgotten ? kTombstoneTtl : std::chrono::seconds{0};
    if (record.reaped) note(ended_at(record.upload) + ended_ttl + forgotten_for);
  }
  for (const auto& [id, record] : files_) {
    if (!record.deleted_at && record.file.expires_at) note(*record.file.expires_at);
    if (record.reaped) note(*record.deleted_at + kTombstoneTtl);
  }
  for (const auto& [key, record] : idempotency_) note(record.created_at + kIdempotencyTtl);
  if (!is_shared()) return earliest;
  for (const auto& [key, intent] : intents_) {
    if (!intent.due) note(intent.recorded_at + limits_.intent_life);
  }
  return earliest;
}

}  // namespace partwise
