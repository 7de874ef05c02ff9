#pragma once

// The verbs on uploads. Here the order of steps is kept that makes a cancel final; the truth under
// races is the store's conditional write. Lives on the loop.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async_mutex.hpp"
#include "base/call_after.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "core/blob_store.hpp"
#include "core/content_checker.hpp"
#include "core/content_intake.hpp"
#include "core/endings.hpp"
#include "core/incoming_content.hpp"
#include "core/limits.hpp"
#include "core/running_md5.hpp"
#include "core/stream_registry.hpp"
#include "core/upload_store.hpp"

namespace partwise {

// What `POST /uploads` asks for, already parsed.
struct CreateUploadRequest {
  std::uint64_t bytes = 0;
  std::string filename;
  Purpose purpose = Purpose::assistants;
  std::string mime_type;
  std::optional<std::chrono::seconds> expires_after;
  std::string idempotency_key = {};  // Empty: none.
};

// What `POST /uploads/{id}/complete` asks for, already parsed.
struct CompleteUploadRequest {
  std::vector<std::string> part_ids;
  std::optional<Md5Digest> md5;
};

// A part that may be sent.
struct AdmittedPart {
  Upload upload;
  std::uint64_t quota_room_bytes;  // What the project's quota has room for.
};

// What the service stands on. All outlive it.
struct UploadServiceParts {
  UploadStore& uploads;
  ContentIntake& intake;
  ContentChecker& checker;
  BlobStore& blobs;
  StreamRegistry& streams;
  Endings& endings;
  Clock& clock;
  Random& random;
  Log& log;
  WorkerPool& workers;
  CallAfter call_after;
  // Wakes the reaper. Must not block.
  std::function<void()> wake_reaper;
  // Wakes the sweeper, because something new may be due earlier than it thinks.
  std::function<void(Timestamp)> due_at;
  CoreLimits limits;
  Md5Mode md5 = Md5Mode::on_complete;
};

class UploadService {
 public:
  explicit UploadService(UploadServiceParts parts);

  // Where the request was made before under its idempotency key: the upload that it made then.
  // Errors: invalid_request (param bytes, filename, mime_type, expires_after.seconds,
  // Idempotency-Key).
  [[nodiscard]] Task<Result<Upload>> create(ProjectId project, CreateUploadRequest request);
  [[nodiscard]] Task<Result<Upload>> get(OwnedUploadId id);
  [[nodiscard]] Task<Result<Page<Upload>>> list(ProjectId project, PageRequest page);
  [[nodiscard]] Task<Result<Page<Part>>> list_parts(OwnedUploadId id, PageRequest page);

  // Whether a part of at least `bytes_min` bytes may be sent at all: called before its body is
  // read, after `stream` entered the registry. A hint that holds nothing.
  [[nodiscard]] Task<Result<AdmittedPart>> admit_part(OwnedUploadId id, std::uint64_t bytes_min);
  // Adds one part to the upload that admit_part admitted it to. `stream` was entered before
  // admit_part, and leaves when the answer has been written; on success its right to answer is
  // claimed. Errors: those of admit_part; invalid_request (larger than declared, digest mismatch);
  // too_large; out_of_space; cut; those of the content.
  [[nodiscard]] Task<Result<Part>> add_part(AdmittedPart admitted, IncomingContent& content,
                                            UploadStream& stream);

  // `stream` was entered before the call, as above.
  [[nodiscard]] Task<Result<Upload>> complete(OwnedUploadId id, CompleteUploadRequest request,
                                              UploadStream& stream);
  [[nodiscard]] Task<Result<Upload>> cancel(OwnedUploadId id);

  // What follows once an upload has ended, whoever ended it: other nodes are told, and no success
  // for a part of it is answered by this node after this returns.
  [[nodiscard]] Task<> cut_streams(UploadId id, std::string_view status,
                                   const UploadStream* except);
  // The same once another node has told it.
  [[nodiscard]] Task<> cut_streams_here(UploadId id, std::string status,
                                        const UploadStream* except = nullptr);

  // The server is draining: long work for a digest ends soon, and its request is answered
  // unavailable.
  void stop() { stopping_ = true; }

 private:
  // Why a part that was larger than it may be was refused.
  [[nodiscard]] Error part_too_large(const AdmittedPart& admitted, Error error) const;
  [[nodiscard]] Task<Result<Part>> adopt(OwnedUploadId id, StagedContent staged,
                                         UploadStream& stream);
  [[nodiscard]] Result<> check_not_stopping() const;
  // Looks into what is to become a file. Errors: invalid_request; io_failure; those of the stores
  // that pass.
  [[nodiscard]] Task<Result<>> check_content(OwnedUploadId id, CompleteUploadRequest request,
                                             UploadStream& stream);
  // Nothing where no digest is worth computing, or a cut came first. Errors: io_failure; not_found
  // (a blob vanished); those of the stores that pass.
  [[nodiscard]] Task<Result<std::optional<Md5Digest>>> md5_for_complete(
      OwnedUploadId id, CompleteUploadRequest request, UploadStream& stream);
  [[nodiscard]] Task<Result<std::optional<Md5Digest>>> md5_of_content(
      OwnedUploadId id, CompleteUploadRequest request, std::function<Result<>()> may_go_on);
  // Nothing where the transaction will refuse, and say why.
  [[nodiscard]] Task<Result<std::optional<std::vector<BlobRef>>>> blobs_for_complete(
      OwnedUploadId id, CompleteUploadRequest request);
  // A verb was refused because the upload had ended: others may still stream to it.
  [[nodiscard]] Task<> cut_if_ended(OwnedUploadId id, const UploadStream* except);

  UploadServiceParts parts_;
  RunningMd5 running_md5_;
  bool stopping_ = false;
  // One digest per upload at a time; an entry lives while somebody holds or awaits it.
  std::map<UploadId, std::weak_ptr<AsyncMutex>> digest_mutexes_;
};

}  // namespace partwise
