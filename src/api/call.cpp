#include "api/call.hpp"

#include "core/transitions.hpp"

namespace partwise::api {

Result<OwnedUploadId> upload_id_of(const Call& call) {
  auto id = UploadId::parse(call.id);
  if (!id) return fail(no_such_upload(call.id));
  return OwnedUploadId{call.identity.project, std::move(*id)};
}

Result<OwnedFileId> file_id_of(const Call& call) {
  auto id = FileId::parse(call.id);
  if (!id) return fail(no_such_file(call.id));
  return OwnedFileId{call.identity.project, std::move(*id)};
}

}  // namespace partwise::api
