#pragma once

// The verbs on files. Lives on the loop.

#include <functional>
#include <string>

#include "base/task.hpp"
#include "core/blob_store.hpp"
#include "core/lease_table.hpp"
#include "core/upload_store.hpp"

namespace partwise {

// A file that is being read: the lease keeps its blobs until it is destroyed.
struct OpenFile {
  FileContent content;
  LeaseTable::Lease lease;
};

class FileService {
 public:
  FileService(UploadStore& uploads, LeaseTable& leases, std::function<void()> wake_reaper);

  [[nodiscard]] Task<Result<StoredFile>> get(OwnedFileId id);
  // Errors: not_found, also for a file whose deadline has passed.
  [[nodiscard]] Task<Result<OpenFile>> open(OwnedFileId id);
  // Downloads under way go on to their end.
  [[nodiscard]] Task<Result<StoredFile>> remove(OwnedFileId id);

 private:
  UploadStore& uploads_;
  LeaseTable& leases_;
  std::function<void()> wake_reaper_;
};

}  // namespace partwise
