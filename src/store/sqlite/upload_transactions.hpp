#pragma once

// The verbs on uploads, each as the body of one transaction. Contracts: core/upload_store.hpp.

#include "core/upload_store.hpp"
#include "store/sqlite/transaction.hpp"

namespace partwise::sqlite {

[[nodiscard]] Result<Upload> create_upload(Transaction& tx, const NewUpload& upload);
[[nodiscard]] Result<Upload> find_upload(Transaction& tx, const OwnedUploadId& id);
[[nodiscard]] Result<Part> add_part(Transaction& tx, const OwnedUploadId& id, const NewPart& part);
[[nodiscard]] Result<std::uint64_t> check_quota(Transaction& tx, const ProjectId& project,
                                                std::uint64_t bytes);
[[nodiscard]] Result<CompleteOutcome> complete_upload(Transaction& tx, const OwnedUploadId& id,
                                                      const CompleteRequest& request);
[[nodiscard]] Result<Upload> cancel_upload(Transaction& tx, const OwnedUploadId& id);

[[nodiscard]] Result<Page<Upload>> list_uploads(Snapshot& view, const ProjectId& project,
                                                const PageRequest& request);
// Reads only: error `would_block` where the upload is overdue, and has to be moved to expired
// first.
[[nodiscard]] Result<Page<Part>> list_parts(Snapshot& view, const OwnedUploadId& id,
                                            const PageRequest& request);

// Ends `upload` as `state` (cancelled or expired): O(1) rows, whatever the number of its parts.
[[nodiscard]] Result<> end_without_file(Transaction& tx, const Upload& ended, bool held);
// Charges bytes to a project. Error: quota_exceeded.
[[nodiscard]] Result<> charge(Transaction& tx, const ProjectId& project, std::uint64_t bytes);
// The blob stops being garbage. Error: unavailable where its intent is gone or claimed.
[[nodiscard]] Result<> adopt(Transaction& tx, const BlobKey& key);
// `after` names no member of the list: invalid_request.
[[nodiscard]] Error unknown_after(std::string_view after);

}  // namespace partwise::sqlite
