#include "core/upload_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/both.hpp"
#include "core/account.hpp"
#include "core/blob_pass.hpp"
#include "core/file_rules.hpp"
#include "core/transitions.hpp"

namespace partwise {

namespace {

Result<> check_idempotency_key(std::string_view key) {
  const bool visible =
      std::ranges::all_of(key, [](unsigned char c) { return c >= ' ' && c < 0x7f; });
  if (visible && key.size() <= kIdempotencyKeyBytesMax) return {};
  return fail(ErrorCode::invalid_request,
              fmt::format("An Idempotency-Key is at most {} visible ASCII characters.",
                          kIdempotencyKeyBytesMax),
              "Idempotency-Key");
}

Result<> check_create(const CreateUploadRequest& request, const CoreLimits& limits) {
  if (request.bytes > limits.upload_bytes_max) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{} is greater than the maximum of {} - 'bytes'", request.bytes,
                            limits.upload_bytes_max),
                "bytes");
  }
  CHECK(check_filename(request.filename, limits));
  if (request.mime_type.size() > limits.mime_type_bytes_max) {
    return fail(ErrorCode::invalid_request,
                fmt::format("The MIME type has {} bytes, more than the maximum of {} - 'mime_type'",
                            request.mime_type.size(), limits.mime_type_bytes_max),
                "mime_type");
  }
  CHECK(check_idempotency_key(request.idempotency_key));
  return check_expires_after(request.expires_after, limits);
}

// Of what is asked for, whatever its JSON looks like.
std::optional<IdempotencyClaim> claim_of(const CreateUploadRequest& request) {
  if (request.idempotency_key.empty()) return std::nullopt;
  Digester digester(Digester::Kind::sha256);
  const auto add = [&digester](std::string_view field) {
    digester.update(as_bytes(fmt::format("{}:", field.size())));
    digester.update(as_bytes(field));
  };
  add(request.filename);
  add(purpose_text(request.purpose));
  add(fmt::format("{}", request.bytes));
  add(request.mime_type);
  add(request.expires_after ? fmt::format("{}", request.expires_after->count()) : "");
  IdempotencyClaim claim{.key = request.idempotency_key, .request = {}};
  digester.finish(claim.request);
  return claim;
}

std::vector<BlobRef> blobs_of(const std::vector<Part>& parts) {
  std::vector<BlobRef> blobs;
  blobs.reserve(parts.size());
  for (const Part& part : parts) blobs.push_back(part.blob);
  return blobs;
}

// Nothing where there is no such thing; any other error says nothing about what there is.
template <class T>
Result<std::optional<T>> known_or_none(Result<T> found) {
  if (found) return std::move(*found);
  if (found.error().code == ErrorCode::not_found) return std::nullopt;
  return fail(std::move(found).error());
}

// Of a complete that was refused. Where nothing but the digest was missing, what kept it from being
// computed says more, and may pass.
Error reason_of(Error refusal, const Result<std::optional<Md5Digest>>& computed) {
  const bool lacks_digest = refusal.param == "md5" && (refusal.code == ErrorCode::unavailable ||
                                                       refusal.code == ErrorCode::state_conflict);
  if (!lacks_digest || computed) return refusal;
  if (computed.error().code != ErrorCode::not_found) return computed.error();
  // A blob that vanished under a replay went with its file: the refusal says so.
  if (refusal.code == ErrorCode::state_conflict) return refusal;
  Error lost = computed.error();
  lost.code = ErrorCode::io_failure;
  return lost;
}

std::uint64_t sum_of(const std::vector<BlobRef>& blobs) {
  std::uint64_t sum = 0;
  for (const BlobRef& blob : blobs) sum += blob.bytes;
  return sum;
}

}  // namespace

UploadService::UploadService(UploadServiceParts parts)
    : parts_(std::move(parts)), running_md5_(parts_.md5) {}

Task<Result<Upload>> UploadService::create(ProjectId project, CreateUploadRequest request) {
  CO_CHECK(check_create(request, parts_.limits));
  auto claim = claim_of(request);
  NewUpload upload{.id = UploadId::generate(parts_.random, parts_.clock.now()),
                   .project = std::move(project),
                   .bytes = request.bytes,
                   .filename = std::move(request.filename),
                   .purpose = request.purpose,
                   .mime_type = std::move(request.mime_type),
                   .ttl = parts_.limits.upload_ttl,
                   .file_ttl = file_ttl_of(request.purpose, request.expires_after, parts_.limits),
                   .idempotency = std::move(claim)};
  auto created = co_await parts_.uploads.create_upload(std::move(upload));
  if (created) parts_.due_at(created->expires_at);
  co_return created;
}

Task<Result<Upload>> UploadService::get(OwnedUploadId id) {
  auto upload = co_await parts_.uploads.find_upload(id);
  // The look itself may have moved it to expired.
  if (upload && std::holds_alternative<Expired>(upload->state)) {
    co_await cut_streams(id.id, status_text(upload->state), nullptr);
  }
  co_return upload;
}

Task<Result<Page<Upload>>> UploadService::list(ProjectId project, PageRequest page) {
  co_return co_await parts_.uploads.list_uploads(std::move(project), std::move(page));
}

Task<Result<Page<Part>>> UploadService::list_parts(OwnedUploadId id, PageRequest page) {
  auto parts = co_await parts_.uploads.list_parts(id, std::move(page));
  // The look itself may have moved the upload to expired: the page of an ended one is empty.
  if (parts && parts->items.empty()) co_await cut_if_ended(std::move(id), nullptr);
  co_return parts;
}

Task<Result<AdmittedPart>> UploadService::admit_part(OwnedUploadId id, std::uint64_t bytes_min) {
  // Both at once: the store reads them together.
  auto quota = parts_.uploads.check_quota(id.project, bytes_min);
  auto [upload, room] = co_await both(get(std::move(id)), std::move(quota));
  if (!upload) co_return fail(std::move(upload).error());
  // Not before: a key of another project is not to learn that there is such an upload.
  if (parts_.streams.streams_of(upload->id) > parts_.limits.streams_per_upload_max) {
    co_return fail(
        ErrorCode::overloaded,
        fmt::format("The Upload has {} part streams under way already. Send fewer at once.",
                    parts_.limits.streams_per_upload_max));
  }
  // Hints that spare the client the body; the part's own transaction decides.
  CO_CHECK(judge_part(*upload, 0, parts_.limits, upload->created_at));
  if (!room) co_return fail(std::move(room).error());
  CO_CHECK(co_await parts_.intake.admit());
  co_return AdmittedPart{.upload = std::move(*upload), .quota_room_bytes = *room};
}

Task<Result<Part>> UploadService::add_part(AdmittedPart admitted, IncomingContent& content,
                                           UploadStream& stream) {
  const OwnedUploadId id{.project = admitted.upload.project, .id = admitted.upload.id};
  const BlobKey key = BlobKey::generate(parts_.random, id.id.text);
  auto digested = running_md5_.begin(id.id, content);
  IncomingContent& incoming = digested ? *digested : content;
  // More than the quota has room for is not even received.
  const std::uint64_t bytes_max =
      std::min({admitted.upload.bytes, parts_.limits.part_bytes_max, admitted.quota_room_bytes});
  auto staged = co_await parts_.intake.receive(key, incoming, bytes_max, stream);
  if (!staged && staged.error().code == ErrorCode::too_large) {
    co_return fail(part_too_large(admitted, std::move(staged).error()));
  }
  if (!staged) co_return fail(std::move(staged).error());
  auto part = co_await adopt(id, std::move(*staged), stream);
  if (part) {
    running_md5_.accept(id.id, std::move(digested), part->id);
    // Cut after the commit: the part is gone with its upload, and nobody must hear that it was
    // accepted.
    CO_CHECK(stream.claim_answer());
    co_return part;
  }
  if (part.error().code == ErrorCode::state_conflict) co_await cut_if_ended(id, &stream);
  co_return part;
}

Error UploadService::part_too_large(const AdmittedPart& admitted, Error error) const {
  const std::uint64_t declared = admitted.upload.bytes;
  if (admitted.quota_room_bytes < std::min(declared, parts_.limits.part_bytes_max)) {
    return over_room_of_quota(admitted.quota_room_bytes);
  }
  if (declared >= parts_.limits.part_bytes_max) return error;
  return {ErrorCode::invalid_request,
          fmt::format("The part is larger than the {} bytes that the Upload declares.", declared),
          "data"};
}

Task<Result<Part>> UploadService::adopt(OwnedUploadId id, StagedContent staged,
                                        UploadStream& stream) {
  const PartDigests digests = staged.digests;
  CO_TRY(const BlobRef blob, co_await parts_.intake.publish(std::move(staged), stream));
  NewPart part{
      .id = PartId::generate(parts_.random, parts_.clock.now()), .blob = blob, .digests = digests};
  auto added = co_await parts_.uploads.add_part(std::move(id), std::move(part));
  if (!added) co_await parts_.intake.abandon(blob.key, added.error().code);
  co_return added;
}

Task<Result<Upload>> UploadService::complete(OwnedUploadId id, CompleteUploadRequest request,
                                             UploadStream& stream) {
  Result<std::optional<Md5Digest>> computed;
  if (request.md5) computed = co_await md5_for_complete(id, request, stream);
  if (parts_.checker.is_on()) CO_CHECK(co_await check_content(id, request, stream));
  CompleteRequest asked{.part_ids = std::move(request.part_ids),
                        .md5 = request.md5,
                        .computed_md5 = computed.value_or(std::nullopt),
                        .file_id = FileId::generate(parts_.random)};
  auto outcome = co_await parts_.uploads.complete_upload(id, std::move(asked));
  if (!outcome) {
    if (outcome.error().code == ErrorCode::state_conflict) co_await cut_if_ended(id, &stream);
    co_return fail(reason_of(std::move(outcome).error(), computed));
  }
  if (!outcome->replayed) {
    parts_.wake_reaper();
    const auto& file = std::get<Completed>(outcome->upload.state).file;
    if (file.expires_at) parts_.due_at(*file.expires_at);
  }
  // A cut of this stream meant that somebody else's complete won the same race: a replay is a
  // success too.
  co_await cut_streams(id.id, status_text(outcome->upload.state), &stream);
  co_return std::move(outcome->upload);
}

Task<Result<>> UploadService::check_content(OwnedUploadId id, CompleteUploadRequest request,
                                            UploadStream& stream) {
  CO_TRY(const auto upload, known_or_none(co_await parts_.uploads.find_upload(id)));
  if (!upload || !std::holds_alternative<Pending>(upload->state)) co_return Result<>{};
  CO_TRY(auto blobs, co_await blobs_for_complete(std::move(id), std::move(request)));
  if (!blobs) co_return Result<>{};
  auto until_cut = [this, &stream]() -> Result<> {
    CHECK(check_not_stopping());
    return stream.check_not_cut();
  };
  auto checked =
      co_await parts_.checker.check(upload->purpose, std::move(*blobs), std::move(until_cut));
  // Cut, or gone while it was read: the upload has ended, and its row gives the answer.
  const bool has_ended = !checked && (checked.error().code == ErrorCode::cut ||
                                      checked.error().code == ErrorCode::not_found);
  co_return has_ended ? Result<>{} : std::move(checked);
}

Task<Result<std::optional<Md5Digest>>> UploadService::md5_for_complete(
    OwnedUploadId id, CompleteUploadRequest request, UploadStream& stream) {
  if (const auto known = running_md5_.digest_of(id.id, request.part_ids)) co_return known;
  auto& slot = digest_mutexes_[id.id];
  auto mutex = slot.lock();
  if (!mutex) slot = mutex = std::make_shared<AsyncMutex>();
  Result<std::optional<Md5Digest>> digest;
  {
    const auto lock = co_await mutex->lock();
    auto until_cut = [this, &stream]() -> Result<> {
      CHECK(check_not_stopping());
      return stream.check_not_cut();
    };
    digest = co_await md5_of_content(id, request, until_cut);
    if (!digest.value_or(std::nullopt) && !stream.check_not_cut()) {
      // Cut by a complete that won: if it asked for the same parts, this is its replay.
      auto to_the_end = [this] { return check_not_stopping(); };
      digest = co_await md5_of_content(id, std::move(request), to_the_end);
    }
  }
  mutex.reset();
  if (const auto found = digest_mutexes_.find(id.id);
      found != digest_mutexes_.end() && found->second.expired()) {
    digest_mutexes_.erase(found);
  }
  co_return digest;
}

Result<> UploadService::check_not_stopping() const {
  if (!stopping_) return {};
  return fail(ErrorCode::unavailable, "The server is stopping. Try again later.");
}

Task<Result<std::optional<Md5Digest>>> UploadService::md5_of_content(
    OwnedUploadId id, CompleteUploadRequest request, std::function<Result<>()> may_go_on) {
  CO_TRY(auto blobs, co_await blobs_for_complete(id, std::move(request)));
  if (!blobs) co_return std::nullopt;
  const auto computed =
      co_await md5_of_blobs(parts_.blobs, parts_.workers, std::move(*blobs), std::move(may_go_on));
  if (computed) co_return *computed;
  const ErrorCode code = computed.error().code;
  if (code == ErrorCode::cut) co_return std::nullopt;
  const bool is_passing = code != ErrorCode::io_failure && code != ErrorCode::not_found;
  if (is_passing) co_return fail(computed.error());
  // A blob that vanished means that the upload has ended, and its row gives the answer; or else
  // that it was lost.
  co_return fail(code, fmt::format("The md5 of {} could not be computed: {}", id.id.text,
                                   computed.error().message));
}

Task<Result<std::optional<std::vector<BlobRef>>>> UploadService::blobs_for_complete(
    OwnedUploadId id, CompleteUploadRequest request) {
  CO_TRY(const auto upload, known_or_none(co_await parts_.uploads.find_upload(id)));
  if (!upload) co_return std::nullopt;
  if (const auto* completed = std::get_if<Completed>(&upload->state)) {
    const bool known = request.md5 == completed->md5 || request.md5 == completed->file.md5;
    if (known || !is_replay(*upload, request.part_ids)) co_return std::nullopt;
    const OwnedFileId file{.project = id.project, .id = completed->file.id};
    CO_TRY(auto content, known_or_none(co_await parts_.uploads.find_file(file)));
    if (!content) co_return std::nullopt;
    co_return std::move(content->manifest);
  }
  if (!std::holds_alternative<Pending>(upload->state)) co_return std::nullopt;
  PageRequest all;
  all.limit = parts_.limits.parts_per_upload_max;
  all.order = Order::asc;
  auto listed = co_await parts_.uploads.list_parts(std::move(id), std::move(all));
  CO_TRY(const auto parts, known_or_none(std::move(listed)));
  if (!parts) co_return std::nullopt;
  const auto selected = select_parts(parts->items, request.part_ids);
  if (!selected) co_return std::nullopt;
  auto blobs = blobs_of(*selected);
  if (sum_of(blobs) != upload->bytes) co_return std::nullopt;
  co_return blobs;
}

Task<Result<Upload>> UploadService::cancel(OwnedUploadId id) {
  auto cancelled = co_await parts_.uploads.cancel_upload(id);
  if (!cancelled) {
    if (cancelled.error().code == ErrorCode::state_conflict) co_await cut_if_ended(id, nullptr);
    co_return cancelled;
  }
  if (cancelled->part_count > 0) parts_.wake_reaper();
  // Also for a replay: the cancel that won may still be waiting for a stream that writes its
  // answer.
  co_await cut_streams(id.id, status_text(cancelled->state), nullptr);
  co_return cancelled;
}

Task<> UploadService::cut_streams(UploadId id, std::string_view status,
                                  const UploadStream* except) {
  parts_.endings.announce(id, status);
  return cut_streams_here(std::move(id), std::string(status), except);
}

Task<> UploadService::cut_streams_here(UploadId id, std::string status,
                                       const UploadStream* except) {
  running_md5_.forget(id);
  if (parts_.streams.streams_of(id) == 0) co_return;
  struct Wait {
    bool over = false;
    std::optional<Completion<bool>> waiter;
    void end() {
      over = true;
      if (auto call = std::exchange(waiter, std::nullopt)) (*call)(true);
    }
  };
  const auto wait = std::make_shared<Wait>();
  const std::string reason = fmt::format("Upload {} is not pending (status: {}).", id.text, status);
  parts_.streams.cut(id, reason, except, [wait] { wait->end(); });
  if (wait->over) co_return;
  parts_.call_after(parts_.limits.answer_grace, [wait] { wait->end(); });
  auto start = [wait](Completion<bool> complete) { wait->waiter = std::move(complete); };
  (void)co_await await_completion<bool>(
      std::move(start));  // Quiet or not, the abort below is right.
  // Whoever has not written its answer by now will not.
  parts_.streams.abort_claimed(id);
}

Task<> UploadService::cut_if_ended(OwnedUploadId id, const UploadStream* except) {
  if (parts_.streams.streams_of(id.id) == 0) co_return;
  const auto upload = co_await parts_.uploads.find_upload(id);
  if (!upload || std::holds_alternative<Pending>(upload->state)) co_return;
  co_await cut_streams(id.id, status_text(upload->state), except);
}

}  // namespace partwise
