#include "core/file_service.hpp"

#include <utility>

namespace partwise {

FileService::FileService(UploadStore& uploads, LeaseTable& leases,
                         std::function<void()> wake_reaper)
    : uploads_(uploads), leases_(leases), wake_reaper_(std::move(wake_reaper)) {}

Task<Result<StoredFile>> FileService::get(OwnedFileId id) {
  CO_TRY(auto content, co_await uploads_.find_file(std::move(id)));
  co_return std::move(content.file);
}

Task<Result<OpenFile>> FileService::open(OwnedFileId id) {
  // The lease comes first: a delete that is decided after our look finds it, and the reaper waits.
  LeaseTable::Lease lease(leases_, id.id);
  CO_TRY(auto content, co_await uploads_.find_file(std::move(id)));
  co_return OpenFile{std::move(content), std::move(lease)};
}

Task<Result<StoredFile>> FileService::remove(OwnedFileId id) {
  auto removed = co_await uploads_.delete_file(std::move(id));
  if (removed) wake_reaper_();
  co_return removed;
}

}  // namespace partwise
