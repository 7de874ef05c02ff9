#pragma once

// The verbs on files. Lives on the loop.

#include <functional>
#include <optional>

#include "base/random.hpp"
#include "base/task.hpp"
#include "core/content_checker.hpp"
#include "core/content_intake.hpp"
#include "core/download_policy.hpp"
#include "core/file_rules.hpp"
#include "core/incoming_content.hpp"
#include "core/lease_table.hpp"
#include "core/limits.hpp"
#include "core/upload_store.hpp"

namespace partwise {

// A file that is being read: the lease keeps its blobs until it is destroyed.
struct OpenFile {
  FileContent content;
  LeaseTable::Lease lease;
};

// A file as it is posted whole. What it is for may be named before or after its content.
class IncomingFile : public IncomingContent {
 public:
  // What was named so far; nothing until the purpose was. After `finish`, all of it.
  [[nodiscard]] virtual std::optional<CreateFileRequest> request() const = 0;
};

// What the service stands on. All outlive it.
struct FileServiceParts {
  UploadStore& uploads;
  ContentIntake& intake;
  ContentChecker& checker;
  LeaseTable& leases;
  Random& random;
  // Wakes the reaper. Must not block.
  std::function<void()> wake_reaper;
  // Wakes the sweeper, because something new may be due earlier than it thinks.
  std::function<void(Timestamp)> due_at;
  CoreLimits limits;
  DownloadPolicy download_policy = DownloadPolicy::all;
};

class FileService {
 public:
  explicit FileService(FileServiceParts parts);

  // Whether a file of at least `bytes_min` bytes may be sent at all: called before its body is
  // read. A hint that holds nothing: what the project's quota has room for. Errors: quota_exceeded;
  // out_of_space; unavailable.
  [[nodiscard]] Task<Result<std::uint64_t>> admit(ProjectId project, std::uint64_t bytes_min);
  // Stores a file that is posted whole and has at most `room_bytes`, which `admit` gave; durable on
  // return. What is wrong before the content is said
  // before it. Errors: invalid_request (file_rules.hpp, digest mismatch); too_large;
  // quota_exceeded; out_of_space; unavailable; those of the content.
  [[nodiscard]] Task<Result<StoredFile>> create(ProjectId project, IncomingFile& file,
                                                const ContentStream& stream,
                                                std::uint64_t room_bytes);
  [[nodiscard]] Task<Result<StoredFile>> get(OwnedFileId id);
  [[nodiscard]] Task<Result<Page<StoredFile>>> list(ProjectId project, PageRequest page);
  // For its content. Errors: not_found, also for a file whose deadline has passed; invalid_request
  // where the policy forbids it.
  [[nodiscard]] Task<Result<OpenFile>> open(OwnedFileId id);
  // Downloads under way go on to their end.
  [[nodiscard]] Task<Result<StoredFile>> remove(OwnedFileId id);

 private:
  // Receives the content, and judges what only its end could tell.
  [[nodiscard]] Task<Result<StagedContent>> receive(BlobKey key, IncomingFile& file,
                                                    const ContentStream& stream,
                                                    std::uint64_t room_bytes);
  [[nodiscard]] Result<> check_download(const StoredFile& file) const;

  FileServiceParts parts_;
};

}  // namespace partwise
