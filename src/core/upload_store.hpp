#pragma once

// The port to the metadata of uploads, parts and files. Each verb is one transaction, scoped by
// project.
//
// Rules of every verb, on every adapter:
// - Times are read from the store's clock inside the transaction. A verb on one upload that finds
// the
//   deadline passed moves the row to expired in that same transaction, and only then says so.
// - A verb that changes something is durable on return (with --durability relaxed: survives the
// process).
//   A refusal is given only after the commit under which it was read.
// - The judgements are those of core/transitions.hpp; where this header names errors it names the
// codes.
// - unavailable means that the outcome is unknown: the caller removes nothing and answers 503.
//   overloaded means that nothing was tried. out_of_space that nothing was changed.
// - Thread-safety: called from the loop only; the Task resumes there.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "core/file.hpp"
#include "core/page.hpp"
#include "core/part.hpp"
#include "core/upload.hpp"

namespace partwise {

// What `complete` asks for. Part ids are the client's text: they may name anything.
struct CompleteRequest {
  std::vector<std::string> part_ids;
  std::optional<Md5Digest> md5;  // That the content must have.
  std::optional<Md5Digest>
      computed_md5;  // Of exactly these parts in this order, where it was computed.
  FileId file_id;    // Of the file to be, should this request win.
};

// The upload after an attempt to complete it.
struct CompleteOutcome {
  Upload upload;          // Completed.
  bool replayed = false;  // An earlier request had already won; this one asked for the same.
};

struct NewFile {
  FileId id;
  ProjectId project;
  Purpose purpose = Purpose::assistants;
  std::string filename;
  std::optional<std::chrono::seconds> ttl;
  BlobRef blob;
  std::optional<Md5Digest> md5;
};

class UploadStore {
 public:
  virtual ~UploadStore() = default;

  // Makes a pending upload. The id is fresh; a collision is an internal error. Where an idempotency
  // claim was made less than kIdempotencyTtl ago and its upload is still known: that upload, as it
  // is now, and nothing is made. Errors: invalid_request (the same key, another request).
  [[nodiscard]] virtual Task<Result<Upload>> create_upload(NewUpload upload) = 0;

  // Errors: not_found.
  [[nodiscard]] virtual Task<Result<Upload>> find_upload(OwnedUploadId id) = 0;

  // The clock's view: an upload past its deadline is listed as expired, whatever its row says.
  [[nodiscard]] virtual Task<Result<Page<Upload>>> list_uploads(ProjectId project,
                                                                PageRequest page) = 0;

  // The parts of a pending upload by (created_at, sequence); of an ended one: an empty page.
  // Errors: not_found; invalid_request (`after` names no part of this upload).
  [[nodiscard]] virtual Task<Result<Page<Part>>> list_parts(OwnedUploadId id, PageRequest page) = 0;

  // Changes the upload's row, inserts the part and deletes the intent of its blob, all or nothing.
  // Errors: not_found; state_conflict (not pending at that moment); invalid_request (a limit of
  // core/limits.hpp: stored bytes, part count); quota_exceeded; unavailable.
  // Where the intent is gone, or was claimed by the reaper: unavailable, and nothing changed.
  [[nodiscard]] virtual Task<Result<Part>> add_part(OwnedUploadId id, NewPart part) = 0;

  // pending -> completed, if transitions.hpp allows it: the file's row, a reap job for unused
  // parts, and the answer, in one transaction. A replay of the winning request returns the stored
  // answer. Errors: not_found; state_conflict; invalid_request (param part_ids, bytes or md5; stays
  // pending).
  [[nodiscard]] virtual Task<Result<CompleteOutcome>> complete_upload(OwnedUploadId id,
                                                                      CompleteRequest request) = 0;

  // pending -> cancelled: O(1) rows whatever the number of parts; gives the stored bytes back to
  // the project and makes one reap job. Already cancelled: the same upload again. Errors:
  // not_found; state_conflict (completed or expired).
  [[nodiscard]] virtual Task<Result<Upload>> cancel_upload(OwnedUploadId id) = 0;

  // How many bytes the project's quota has room for at this moment, kNoQuota where it has none:
  // spares a client a body that add_part or create_file would refuse. Holds nothing. Errors:
  // quota_exceeded, where that is less than `bytes`.
  [[nodiscard]] virtual Task<Result<std::uint64_t>> check_quota(ProjectId project,
                                                                std::uint64_t bytes) = 0;

  // A file that was posted whole: inserts it and deletes the intent of its blob, all or nothing.
  // Errors: quota_exceeded; unavailable as in add_part.
  [[nodiscard]] virtual Task<Result<StoredFile>> create_file(NewFile file) = 0;

  // A living file. One past its deadline is not_found.
  [[nodiscard]] virtual Task<Result<FileContent>> find_file(OwnedFileId id) = 0;

  [[nodiscard]] virtual Task<Result<Page<StoredFile>>> list_files(ProjectId project,
                                                                  PageRequest page) = 0;

  // Living -> gone: a tombstone keeps its place in lists for 30 days, and one reap job is made.
  // Errors: not_found, also for a second delete.
  [[nodiscard]] virtual Task<Result<StoredFile>> delete_file(OwnedFileId id) = 0;
};

}  // namespace partwise
