#pragma once

// The verbs on uploads, each as the body of one transaction. Contracts: core/upload_store.hpp.

#include "core/upload_store.hpp"
#include "store/postgres/transaction.hpp"
#include "store/postgres/upload_rows.hpp"

namespace partwise::postgres {

// An upload that was made, or the id of the one that an earlier request with the same claim made.
struct Created {
  std::optional<Upload> upload;
  UploadId made_before;
};

// `gone_id`: of an upload that the claim named, and that is not known any more.
[[nodiscard]] Result<Created> create_upload(Transaction& tx, const NewUpload& upload,
                                            const std::optional<UploadId>& gone_id);
// A single read. Error: not_found.
[[nodiscard]] Result<upload_rows::Seen> look_at(Transaction& tx, const OwnedUploadId& id);
// The upload at this moment: one that is overdue is expired here.
[[nodiscard]] Result<Upload> meet_deadline(Transaction& tx, const OwnedUploadId& id);
// Error `would_block` where the upload is overdue, and has to meet its deadline first.
[[nodiscard]] Result<Part> add_part(Transaction& tx, const OwnedUploadId& id, const NewPart& part);
[[nodiscard]] Result<std::uint64_t> check_quota(Transaction& tx, const ProjectId& project,
                                                std::uint64_t bytes);
[[nodiscard]] Result<CompleteOutcome> complete_upload(Transaction& tx, const OwnedUploadId& id,
                                                      const CompleteRequest& request);
// What a lost commit of this very request left.
[[nodiscard]] Result<std::optional<CompleteOutcome>> find_completed(Transaction& tx,
                                                                    const OwnedUploadId& id,
                                                                    const FileId& file);
[[nodiscard]] Result<Upload> cancel_upload(Transaction& tx, const OwnedUploadId& id);

[[nodiscard]] Result<Page<Upload>> list_uploads(Transaction& view, const ProjectId& project,
                                                const PageRequest& request);
// Error `would_block` as above.
[[nodiscard]] Result<Page<Part>> list_parts(Transaction& view, const OwnedUploadId& id,
                                            const PageRequest& request);

// Ends `upload`, which is held, as its state says (cancelled or expired): O(1) rows, whatever the
// number of its parts.
void end_without_file(Transaction& tx, const Upload& ended, bool held);
// Whether the quota of a project, whose row is held, has room. Error: quota_exceeded.
[[nodiscard]] Result<> judge_charge(Transaction& tx, const ProjectId& project, std::uint64_t bytes);
// The intent of a blob is gone or claimed: unavailable.
[[nodiscard]] Error taken_for_abandoned();
// `after` names no member of the list: invalid_request.
[[nodiscard]] Error unknown_after(std::string_view after);

}  // namespace partwise::postgres
