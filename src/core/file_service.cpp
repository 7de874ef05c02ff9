#include "core/file_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/account.hpp"

namespace partwise {

namespace {

// What is wrong with a file of `bytes` bytes.
Result<> judge_file(const std::optional<CreateFileRequest>& request, std::uint64_t bytes,
                    const CoreLimits& limits) {
  if (!request) return {};
  CHECK(check_new_file(*request, limits));
  if (bytes <= file_bytes_max(request->purpose, limits)) return {};
  return fail(file_too_large(request->purpose, limits));
}

}  // namespace

FileService::FileService(FileServiceParts parts) : parts_(std::move(parts)) {}

Task<Result<std::uint64_t>> FileService::admit(ProjectId project, std::uint64_t bytes_min) {
  CO_TRY(const std::uint64_t room,
         co_await parts_.uploads.check_quota(std::move(project), bytes_min));
  CO_CHECK(co_await parts_.intake.admit());
  co_return room;
}

Task<Result<StoredFile>> FileService::create(ProjectId project, IncomingFile& file,
                                             const ContentStream& stream,
                                             std::uint64_t room_bytes) {
  CO_CHECK(judge_file(file.request(), 0, parts_.limits));
  const FileId id = FileId::generate(parts_.random);
  const BlobKey key = BlobKey::generate(parts_.random, id.text);
  CO_TRY(auto staged, co_await receive(key, file, stream, room_bytes));
  const CreateFileRequest request = file.request().value();  // The form was finished.
  NewFile made{.id = id,
               .project = std::move(project),
               .purpose = request.purpose,
               .filename = request.filename,
               .ttl = file_ttl_of(request.purpose, request.expires_after, parts_.limits),
               .blob = {},
               .md5 = staged.digests.md5};
  CO_TRY(made.blob, co_await parts_.intake.publish(std::move(staged), stream));
  auto go_on = []() -> Result<> { return {}; };
  auto checked = co_await parts_.checker.check(request.purpose, {made.blob}, std::move(go_on));
  if (!checked) {
    co_await parts_.intake.abandon(key, checked.error().code);
    co_return fail(std::move(checked).error());
  }
  auto created = co_await parts_.uploads.create_file(std::move(made));
  if (!created) co_await parts_.intake.abandon(key, created.error().code);
  if (created && created->expires_at) parts_.due_at(*created->expires_at);
  co_return created;
}

Task<Result<StagedContent>> FileService::receive(BlobKey key, IncomingFile& file,
                                                 const ContentStream& stream,
                                                 std::uint64_t room_bytes) {
  const auto purpose_of = [&file] {
    const auto request = file.request();
    return request ? request->purpose : Purpose::assistants;
  };
  const std::uint64_t bytes_max = file_bytes_max(purpose_of(), parts_.limits);
  // More than the quota has room for is not even received.
  auto staged = co_await parts_.intake.receive(key, file, std::min(bytes_max, room_bytes), stream);
  if (!staged && staged.error().code == ErrorCode::too_large) {
    if (room_bytes < bytes_max) co_return fail(over_room_of_quota(room_bytes));
    co_return fail(file_too_large(purpose_of(), parts_.limits));
  }
  if (!staged) co_return staged;
  if (auto good = judge_file(file.request(), staged->blob->bytes(), parts_.limits); !good) {
    co_await parts_.intake.discard(std::move(*staged));
    co_return fail(std::move(good).error());
  }
  co_return staged;
}

Task<Result<StoredFile>> FileService::get(OwnedFileId id) {
  CO_TRY(auto content, co_await parts_.uploads.find_file(std::move(id)));
  co_return std::move(content.file);
}

Task<Result<Page<StoredFile>>> FileService::list(ProjectId project, PageRequest page) {
  co_return co_await parts_.uploads.list_files(std::move(project), std::move(page));
}

Task<Result<OpenFile>> FileService::open(OwnedFileId id) {
  // The lease comes first: a delete that is decided after our look finds it, and the reaper waits.
  LeaseTable::Lease lease(parts_.leases, id.id);
  CO_TRY(auto content, co_await parts_.uploads.find_file(std::move(id)));
  CO_CHECK(check_download(content.file));
  co_return OpenFile{std::move(content), std::move(lease)};
}

Result<> FileService::check_download(const StoredFile& file) const {
  const bool is_private = file.purpose == Purpose::assistants || file.purpose == Purpose::user_data;
  if (parts_.download_policy == DownloadPolicy::all || !is_private) return {};
  return fail(
      ErrorCode::invalid_request,
      fmt::format("Not allowed to download files of purpose: {}", purpose_text(file.purpose)));
}

Task<Result<StoredFile>> FileService::remove(OwnedFileId id) {
  auto removed = co_await parts_.uploads.delete_file(std::move(id));
  if (removed) parts_.wake_reaper();
  co_return removed;
}

}  // namespace partwise
